# shellcheck shell=bash
# The object store on loopback: `fertidoc store`, a process of its own that speaks S3.
# It survives killed processes, not the loss of power: for a clinic use a real S3 store.

# What serves --bind from --dir; `fertidoc store` where nobody puts another program here.
STORE_PROGRAM=()

start_store() {
    alive store && return
    ((${#STORE_PROGRAM[@]})) || STORE_PROGRAM=("$BINARY" store)
    [[ -n $(secret store_access_key 2>/dev/null) ]] || make_secret store_access_key
    [[ -n $(secret store_secret_key 2>/dev/null) ]] || make_secret store_secret_key
    choose_port store
    mkdir -p "$RUN/store"
    FERTIDOC__STORE__ACCESS_KEY_FILE=$RUN/secrets/store_access_key \
        FERTIDOC__STORE__SECRET_KEY_FILE=$RUN/secrets/store_secret_key \
        start store "${STORE_PROGRAM[@]}" --bind "127.0.0.1:$(port store)" --dir "$RUN/store"
    await store "the object store" port_taken "$(port store)"
}

store_url() { echo "http://127.0.0.1:$(port store)"; }

stop_store() { stop store; }
