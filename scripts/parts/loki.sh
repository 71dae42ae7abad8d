# shellcheck shell=bash
# A request's event arrives in Loki, under the request's id.
part_loki() {
    local id
    start_checked
    id=$(curl --silent --output /dev/null --dump-header - \
        --header @<(echo "Authorization: Bearer $(secret token)") "$(server_url checked)/api/v1/patients" |
        tr -d '\r' | sed -n 's/^x-request-id: //Ip')
    [[ -n $id ]] || fail "the answer carried no X-Request-Id"
    echo "request $id"
    for _ in {1..300}; do
        if arrived "$id"; then
            return
        fi
        sleep 0.1
    done
    fail "no event with request id $id arrived within 30 s" "$RUN/log/loki.log"
}

arrived() {
    curl --fail --silent --get "http://127.0.0.1:$(port loki)/loki/api/v1/query_range" \
        --data-urlencode "query={service=\"fertidoc\"} |= \"$1\"" | tee "$RUN/log/loki-answer.json" | grep -q "$1"
}
