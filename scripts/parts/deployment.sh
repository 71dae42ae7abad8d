# shellcheck shell=bash
# What is deployed by others is at least well-formed: nginx reads its configuration, Prometheus its own
# and its alerts, which say what they are to say, and the compose file says what it must (a Docker
# engine is not needed for any of it).

part_deployment() {
    cd "$ROOT"
    nginx_accepts
    prometheus_accepts
    compose_accepts
    "$(python_with tests/requirements.txt)" tests/deployment/compose.py docker-compose.production.yml
}

# The configuration as it is deployed; only its certificates and its ports are none of ours.
nginx_accepts() {
    local dir=$RUN/nginx
    mkdir -p "$dir"
    cp -r nginx/. "$dir"
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
        -keyout "$dir/fertidoc.key" -out "$dir/fertidoc.pem" 2>/dev/null
    sed -i "s#/run/secrets/#$dir/#" "$dir/site/listen.conf"
    nginx -t -q -p "$dir" -c "$dir/nginx.conf" -g "pid $dir/pid; error_log stderr;"
}

prometheus_accepts() {
    local dir=$RUN/prometheus
    mkdir -p "$dir"
    cp config/prometheus/*.yml tests/deployment/alerts.test.yml "$dir"
    cd "$dir"
    promtool check config prometheus.yml
    promtool test rules alerts.test.yml
    cd "$ROOT"
}

# Debian's docker-compose reads the file as the older half of those who use it do.
compose_accepts() { docker-compose --file docker-compose.production.yml config --quiet; }
