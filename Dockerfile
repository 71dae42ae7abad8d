# The server as an image: built and run on Debian 12, as a user without rights.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock askama.toml ./
COPY src src
COPY sql sql
COPY config config
COPY tests/corpus tests/corpus
RUN cargo build --release --locked --bin fertidoc

FROM debian:12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin fertidoc
COPY --from=build /src/target/release/fertidoc /usr/local/bin/fertidoc
USER 10001:10001
ENV FERTIDOC__HTTP__BIND=0.0.0.0:8080 FERTIDOC__HTTP__OPS_BIND=0.0.0.0:9090
EXPOSE 8080 9090
ENTRYPOINT ["fertidoc"]
CMD ["all"]
