-- Background work. A job is inserted in the transaction that causes it and claimed in one short
-- statement; lease and fence say whose it is, by the clock of the database.

CREATE SEQUENCE fertidoc.fence;

CREATE TABLE fertidoc.job (
    job_id       uuid PRIMARY KEY,
    clinic_id    uuid NOT NULL REFERENCES fertidoc.clinic,
    kind         text NOT NULL CHECK (kind IN ('analyze')),
    document_id  uuid NOT NULL,
    state        text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'dead')),
    -- Attempts begun so far; counted when the job is claimed, so a crash counts too.
    attempt      int NOT NULL DEFAULT 0,
    max_attempts int NOT NULL CHECK (max_attempts >= 1),
    run_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until  timestamptz,
    -- Drawn anew by every claim; a result is written only under the fence that claimed it.
    fence        bigint,
    worker       text,
    error_code   text,
    request_id   text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at  timestamptz,
    UNIQUE (clinic_id, job_id),
    FOREIGN KEY (clinic_id, document_id) REFERENCES fertidoc.document (clinic_id, document_id),
    CHECK ((state = 'running') = (lease_until IS NOT NULL AND fence IS NOT NULL AND worker IS NOT NULL)),
    CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX job_ready ON fertidoc.job (run_at, job_id) WHERE state = 'ready';
CREATE INDEX job_running ON fertidoc.job (lease_until) WHERE state = 'running';
CREATE INDEX ON fertidoc.job (clinic_id, created_at, job_id);
CREATE INDEX ON fertidoc.job (clinic_id, document_id);

-- Every attempt with how it ended.
CREATE TABLE fertidoc.job_attempt (
    clinic_id   uuid NOT NULL,
    job_id      uuid NOT NULL,
    attempt     int NOT NULL,
    worker      text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    -- 'done', or the code of what went wrong ('crashed', 'timed_out', 'lease_lost', ...).
    outcome     text,
    PRIMARY KEY (job_id, attempt),
    FOREIGN KEY (clinic_id, job_id) REFERENCES fertidoc.job (clinic_id, job_id)
);
CREATE INDEX ON fertidoc.job_attempt (clinic_id, job_id);

ALTER TABLE fertidoc.job ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.job FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.job USING (clinic_id = fertidoc.current_clinic());
-- Claim, heartbeat and rescue reach over clinics, through functions that run as the owner only.
CREATE POLICY queue ON fertidoc.job TO fertidoc_owner USING (true);
ALTER TABLE fertidoc.job_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.job_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.job_attempt USING (clinic_id = fertidoc.current_clinic());
CREATE POLICY queue ON fertidoc.job_attempt TO fertidoc_owner USING (true);

GRANT SELECT, INSERT ON fertidoc.job TO fertidoc_app;
GRANT SELECT, UPDATE ON fertidoc.job TO fertidoc_worker;
GRANT SELECT ON fertidoc.job_attempt TO fertidoc_app;
GRANT SELECT, UPDATE ON fertidoc.job_attempt TO fertidoc_worker;
