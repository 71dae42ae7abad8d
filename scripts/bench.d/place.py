"""Where things run: the servers that `scripts/bench` started, databases, and houses of any binary
and any settings. Whatever is started here ends with this program, however it ends."""

import atexit
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import client

RUN, ROOT = Path(os.environ["RUN"]), Path(os.environ["ROOT"])
BINARY, UNRECORDED, BESIDE = (os.environ[name] for name in ("BINARY", "UNRECORDED", "BESIDE"))
STORE_URL = os.environ["FERTIDOC_STORE_URL"]
CORPUS = ROOT / "tests/corpus"
ROLES = ("owner", "app", "worker", "refresher", "sealer")
PATIENCE = 60.0

_running: list[subprocess.Popen] = []
_libc = ctypes.CDLL(None)


def _end_everything() -> None:
    for process in _running:
        process.kill()
        process.wait()


atexit.register(_end_everything)


def start(command: list[str], log: str, env: dict[str, str] | None = None) -> subprocess.Popen:
    """A process that is killed with the thread that starts it (PR_SET_PDEATHSIG is 1)."""
    with open(RUN / "log" / f"{log}.log", "ab") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
            preexec_fn=lambda: _libc.prctl(1, signal.SIGKILL),
        )
    _running.append(process)
    return process


def end(process: subprocess.Popen, patience: float = 40) -> None:
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _running.remove(process)


def forget(process: subprocess.Popen) -> None:
    """One that was killed on purpose."""
    _running.remove(process)


def free_port() -> int:
    """Below the range from which the kernel takes the ports of outgoing connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_for(what: str, ready, process: subprocess.Popen | None = None, pause: float = 0.02):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := ready():
            return found
        if process and process.poll() is not None:
            raise SystemExit(f"{what}: the process ended")
        time.sleep(pause)
    raise SystemExit(f"{what}: not within {PATIENCE:.0f} s")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def secret(name: str) -> str:
    return (RUN / "secrets" / name).read_text().strip()


def beside(*arguments: str, env: dict[str, str] | None = None) -> dict:
    """What a verb of benches/beside says."""
    done = subprocess.run([BESIDE, *map(str, arguments)], capture_output=True, text=True, env=env)
    if done.returncode:
        raise SystemExit(f"beside {arguments[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Database:
    """A database of its own with the schema of a binary."""

    def __init__(self, name: str, binary: str = BINARY):
        self.name = name
        self.url_file = self._keep("superuser", secret("superuser_url"))
        self.files = {role: self._keep(role, secret(f"db_{role}_url")) for role in ROLES}
        url = urlsplit(secret("superuser_url"))
        self._psql = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
                      f"--host={url.hostname}", f"--port={url.port}", f"--username={url.username}"]
        self._password = {"PGPASSWORD": url.password, "PGOPTIONS": "-c client_min_messages=warning"}
        self._run("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._run("postgres", f"CREATE DATABASE {name} OWNER fertidoc_owner")
        done = subprocess.run([binary, "migrate"], env=self.env(), capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the schema of {name}: {done.stderr.strip()}")

    def _keep(self, role: str, url: str) -> Path:
        file = RUN / "secrets" / f"{self.name}_{role}_url"
        file.touch(mode=0o600)
        file.write_text(url.rsplit("/", 1)[0] + "/" + self.name)
        return file

    def env(self) -> dict[str, str]:
        mine = {f"FERTIDOC__DB__{role.upper()}_URL_FILE": str(file) for role, file in self.files.items()}
        return os.environ | mine

    def _run(self, database: str, sql: str, variables: dict | None = None) -> str:
        command = [*self._psql, f"--dbname={database}", *(f"--set={key}={value}" for key, value in (variables or {}).items())]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, env=os.environ | self._password)
        if done.returncode:
            raise SystemExit(f"Postgres: {done.stderr.strip()}\n{sql[:400]}")
        return done.stdout.strip()

    def sql(self, sql: str, **variables) -> str:
        """As the superuser; the answer as text, columns by `|`."""
        return self._run(self.name, sql, variables)

    def drop(self) -> None:
        self._run("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")

    def token(self, binary: str = BINARY, scopes: str = "upload,read,write", clinic: str = "") -> dict:
        """`clinic`, `token_id` and `token` of a new token, for a new clinic where none is named."""
        where = ["--clinic", clinic] if clinic else ["--new-clinic", "Bench"]
        made = subprocess.run(
            [binary, "token", *where, "--name", "bench", "--scopes", scopes],
            env=self.env(), capture_output=True, text=True, check=True,
        )
        return json.loads(made.stdout)


NO_REDIS = {"CACHE__REDIS_URL": ""}
NO_MEMORY = {"CACHE__MEMORY_BYTES": 0}


class House:
    """One process of a binary with a role."""

    def __init__(self, database: Database, role: str = "serve", binary: str = BINARY, token: str = "", **settings):
        self.database, self.token = database, token
        port, ops = free_port(), free_port()
        env = database.env() | {
            "FERTIDOC__HTTP__BIND": f"127.0.0.1:{port}",
            "FERTIDOC__HTTP__OPS_BIND": f"127.0.0.1:{ops}",
            "FERTIDOC__STORE__BUCKET": "bench",
        }
        for name, value in settings.items():
            env[f"FERTIDOC__{name}"] = str(value)
            env.pop(f"FERTIDOC__{name}_FILE", None)
        self.url, self.ops = f"http://127.0.0.1:{port}", ops
        self.process = start([binary, role], f"house-{database.name}-{role}", env)
        wait_for(f"fertidoc {role}", lambda: client.answers(ops, "/readyz"), self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process in _running:
            end(self.process)

    @property
    def pid(self) -> int:
        return self.process.pid

    def client(self) -> "client.Client":
        return client.Client(self.url, self.token)

    def memory(self) -> int:
        """Resident bytes now."""
        return _status(self.pid, "VmRSS")

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def peak(self) -> int:
        """The most resident bytes since `forget_peak`."""
        return _status(self.pid, "VmHWM")


def _status(pid: int, line: str) -> int:
    for found in Path(f"/proc/{pid}/status").read_text().splitlines():
        if found.startswith(line + ":"):
            return int(found.split()[1]) * 1024
    raise SystemExit(f"no {line} of process {pid}")
