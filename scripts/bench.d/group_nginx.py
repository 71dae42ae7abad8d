"""Summary read from memory through nginx over direct: plain HTTP, so that the proxy is measured
and not TLS; settings of `nginx/nginx.conf` where they matter here."""

import shutil

import load
import place
import reader
from group_memory import answered

CONFIGURATION = """
daemon off; worker_processes {workers}; worker_rlimit_nofile 20000; pid {run}/nginx.pid; error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {run}/nginx-body; proxy_temp_path {run}/nginx-proxy;
    fastcgi_temp_path {run}/nginx-fastcgi; uwsgi_temp_path {run}/nginx-uwsgi; scgi_temp_path {run}/nginx-scgi;
    proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header Connection "";
    upstream fertidoc {{ server {upstream}; keepalive 256; keepalive_requests 1000000000; }}
    server {{ listen 127.0.0.1:{port} reuseport; location / {{ proxy_pass http://fertidoc; }} }}
}}
"""


def run(bench) -> None:
    clinic = reader.demonstration()
    with clinic.serve(place.UNRECORDED) as house:
        port = place.free_port()
        file = place.RUN / "nginx.conf"
        file.write_text(CONFIGURATION.format(run=place.RUN, workers=reader.WORKERS, port=port, upstream=house.url.removeprefix("http://")))
        nginx = place.start([shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(place.RUN), "-c", str(file)], "nginx")
        place.wait_for("nginx", lambda: place.listens(port), nginx)
        through, direct = f"http://127.0.0.1:{port}{clinic.path}", house.url + clinic.path
        for connections in (64, 1_000):
            for url in (through, direct):
                load.wrk(url, connections, 1, clinic.token)
            ours, theirs = load.in_turns(bench.rounds, lambda: load.wrk(through, connections, bench.seconds, clinic.token),
                                         lambda: load.wrk(direct, connections, bench.seconds, clinic.token))
            answered(ours + theirs)
            bench.table.pair(f"nginx.{connections}", f"summary from memory through nginx / direct, {connections:,} connections", "req/s", "higher",
                             [it.per_second for it in ours], [it.per_second for it in theirs], aim=0.4 if connections == 64 else None,
                             p99=[it.p99 for it in ours], p99_beside=[it.p99 for it in theirs])
        place.end(nginx)
