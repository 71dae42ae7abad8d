# shellcheck shell=bash
# The schema may be brought to the newest version again and again, and the second time is nothing.
part_migrate() {
    start_checked
    migrate
    ! grep -q '"message":"migrated"' "$RUN/log/migrate.log"
}
