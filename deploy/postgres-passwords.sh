#!/usr/bin/env bash
# Run once by the Postgres image, after sql/roles.sql: passwords from the mounted secrets, and the
# database.
set -euo pipefail
for role in owner app worker refresher sealer backup; do
    psql --set=ON_ERROR_STOP=1 --username=postgres --quiet \
        <<<"ALTER ROLE fertidoc_$role PASSWORD '$(cat "/run/secrets/db_$role")'"
done
psql --set=ON_ERROR_STOP=1 --username=postgres --quiet <<<'CREATE DATABASE fertidoc OWNER fertidoc_owner'
