# shellcheck shell=bash
# nginx before several instances: the repository's own configuration, with a folder `site` of this
# place. It listens on loopback without TLS, as a single server does: browsers count 127.0.0.1 as safe,
# so sign-in works, and nobody has to trust a certificate that a script made.

# Debian keeps it where only root's PATH looks.
nginx_program() { command -v nginx || echo /usr/sbin/nginx; }

# How nginx treats an instance that fails: the same everywhere.
nginx_instance_options() { sed -n 's/^server [^ ]* \(.*\);$/\1/p' "$ROOT/nginx/site/instances.conf" | head -n 1; }

# Seconds after which nginx asks an instance again that it found away.
nginx_asks_again() { nginx_instance_options | sed 's/.*fail_timeout=\([0-9]*\)s.*/\1/'; }

# write_nginx INSTANCE...
write_nginx() {
    local home=$RUN/nginx log=$RUN/log/nginx-check.log options name kind
    mkdir -p "$home/site"
    cp "$ROOT/nginx/nginx.conf" "$home/nginx.conf"
    # Sizes and times come from the server's own settings.
    "$BINARY" nginx "$home/site" || fail "the limits of nginx could not be written"
    options=$(nginx_instance_options)
    for name in "$@"; do
        echo "server 127.0.0.1:$(port "$name") $options;"
    done >"$home/site/instances.conf"
    echo "listen 127.0.0.1:$(port nginx);" >"$home/site/listen.conf"
    # Who is not root may not write where Debian's nginx keeps bodies.
    for kind in client_body proxy fastcgi uwsgi scgi; do
        ((EUID == 0)) || echo "${kind}_temp_path $home/$kind;"
    done >"$home/site/around.conf"
    nginx_with_options -t -q >"$log" 2>&1 || fail "nginx does not take its configuration" "$log"
}

nginx_with_options() {
    "$(nginx_program)" -p "$RUN/nginx" -c "$RUN/nginx/nginx.conf" -e stderr -g "daemon off; pid $RUN/nginx/pid;" "$@"
}

start_nginx() {
    alive nginx && return
    write_nginx "$@"
    start nginx "$(nginx_program)" -p "$RUN/nginx" -c "$RUN/nginx/nginx.conf" -e stderr \
        -g "daemon off; pid $RUN/nginx/pid;"
    await nginx "nginx" curl --silent --max-time 2 --output /dev/null "$(server_url nginx)/"
}

# New workers take what comes; the old ones end what they began.
reload_nginx() {
    write_nginx "$@"
    kill -s HUP "$(pid_of nginx)"
}

stop_nginx() { stop nginx; }
