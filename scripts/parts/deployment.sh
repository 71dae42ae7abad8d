# shellcheck shell=bash
# What is deployed by others is at least well-formed: nginx reads its configuration, and the
# compose file says what it must (a Docker engine is not needed for either).

part_deployment() {
    cd "$ROOT"
    nginx_accepts
    "$(python_with tests/requirements.txt)" tests/deployment/compose.py docker-compose.production.yml
}

nginx_accepts() {
    local dir=$RUN/nginx
    mkdir -p "$dir"
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
        -keyout "$dir/fertidoc.key" -out "$dir/fertidoc.pem" 2>/dev/null
    # The names of the deployment do not resolve here, and its ports are not ours to open.
    sed -e "s#/run/secrets/#$dir/#; s#server api:8080#server 127.0.0.1:8080#" nginx/nginx.conf >"$dir/nginx.conf"
    nginx -t -q -p "$dir" -c "$dir/nginx.conf" -g "pid $dir/pid; error_log stderr;"
}
