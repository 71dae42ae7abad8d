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
CREATE INDEX job_dead ON fertidoc.job (kind) WHERE state = 'dead';
CREATE INDEX ON fertidoc.job (clinic_id, document_id);
-- The same work waits or runs once.
CREATE UNIQUE INDEX job_once ON fertidoc.job (document_id, kind) WHERE state IN ('ready', 'running');

-- Every attempt with how it ended. The fence names it, because a job that was handed back or
-- started again by a person counts the same number twice.
CREATE TABLE fertidoc.job_attempt (
    clinic_id   uuid NOT NULL,
    job_id      uuid NOT NULL,
    fence       bigint NOT NULL,
    attempt     int NOT NULL,
    worker      text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    -- 'done', 'handed_back', or the code of what went wrong ('crashed', 'timed_out', 'lease_lost', ...).
    outcome     text,
    PRIMARY KEY (job_id, fence),
    CHECK ((outcome IS NULL) = (finished_at IS NULL)),
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
-- A person starts a dead job again.
GRANT UPDATE (state, attempt, run_at, error_code, request_id, finished_at) ON fertidoc.job TO fertidoc_app;
GRANT SELECT, UPDATE ON fertidoc.job TO fertidoc_worker;
GRANT SELECT ON fertidoc.job_attempt TO fertidoc_app;
GRANT SELECT, UPDATE ON fertidoc.job_attempt TO fertidoc_worker;

-- The pause before the next attempt: doubles with each attempt, at most ten minutes, and between
-- half and the whole of that by chance, so that what failed together does not come back together.
CREATE FUNCTION fertidoc.job_pause(backoff_seconds double precision, attempt int) RETURNS interval
    LANGUAGE sql VOLATILE
    RETURN make_interval(secs => LEAST(600, backoff_seconds * 2 ^ LEAST(attempt - 1, 20)) * (0.5 + random() / 2));

-- One short statement: takes the job that waits longest, counts the attempt, draws a fence.
CREATE FUNCTION fertidoc.claim_job(wanted text, by_worker text, lease_seconds double precision)
    RETURNS TABLE (job_id uuid, clinic_id uuid, document_id uuid, attempt int, max_attempts int,
                   fence bigint, request_id text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH next AS (
        SELECT j.job_id
          FROM fertidoc.job j
         WHERE j.state = 'ready' AND j.kind = wanted AND j.run_at <= statement_timestamp()
         ORDER BY j.run_at, j.job_id
         LIMIT 1
           FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE fertidoc.job j
           SET state = 'running',
               attempt = j.attempt + 1,
               fence = nextval('fertidoc.fence'),
               worker = by_worker,
               lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
          FROM next
         WHERE j.job_id = next.job_id
        RETURNING j.*
    ), begun AS (
        INSERT INTO fertidoc.job_attempt (clinic_id, job_id, fence, attempt, worker)
        SELECT c.clinic_id, c.job_id, c.fence, c.attempt, c.worker FROM claimed c
    )
    SELECT c.job_id, c.clinic_id, c.document_id, c.attempt, c.max_attempts, c.fence, c.request_id
      FROM claimed c
$$;

-- True while the lease is still the caller's. A lease that ran out but that nobody took is his.
CREATE FUNCTION fertidoc.renew_lease(held uuid, under bigint, lease_seconds double precision)
    RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH renewed AS (
        UPDATE fertidoc.job j
           SET lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
         WHERE j.job_id = held AND j.fence = under AND j.state = 'running'
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM renewed)
$$;

-- Takes jobs from workers that fell silent. A job whose attempts are used up dies, and its
-- document says so, in the same transaction.
CREATE FUNCTION fertidoc.rescue_jobs(backoff_seconds double precision, at_most int)
    RETURNS TABLE (job_id uuid, clinic_id uuid, document_id uuid, died boolean)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, fertidoc
AS $$
#variable_conflict use_column
DECLARE
    lost record;
    dies boolean;
BEGIN
    FOR lost IN
        SELECT j.* FROM fertidoc.job j
         WHERE j.state = 'running' AND j.lease_until < clock_timestamp()
         ORDER BY j.lease_until
         LIMIT at_most
           FOR UPDATE SKIP LOCKED
    LOOP
        dies := lost.attempt >= lost.max_attempts;
        UPDATE fertidoc.job j
           SET state = CASE WHEN dies THEN 'dead' ELSE 'ready' END,
               run_at = clock_timestamp() + CASE WHEN dies THEN interval '0' ELSE fertidoc.job_pause(backoff_seconds, lost.attempt) END,
               lease_until = NULL,
               error_code = 'lease_lost',
               finished_at = CASE WHEN dies THEN clock_timestamp() END
         WHERE j.job_id = lost.job_id;
        UPDATE fertidoc.job_attempt a
           SET finished_at = clock_timestamp(), outcome = 'lease_lost'
         WHERE a.job_id = lost.job_id AND a.fence = lost.fence;
        IF dies THEN
            PERFORM set_config('fertidoc.clinic', lost.clinic_id::text, true);
            UPDATE fertidoc.document d
               SET state = 'failed', error_code = 'crashed'
             WHERE d.document_id = lost.document_id;
        END IF;
        RETURN QUERY SELECT lost.job_id, lost.clinic_id, lost.document_id, dies;
    END LOOP;
    PERFORM set_config('fertidoc.clinic', '', true);
END
$$;

-- Seconds until the next job may run; NULL when none waits.
CREATE FUNCTION fertidoc.next_job_in(wanted text) RETURNS double precision
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT GREATEST(0, extract(epoch FROM j.run_at - clock_timestamp()))::double precision
      FROM fertidoc.job j
     WHERE j.state = 'ready' AND j.kind = wanted
     ORDER BY j.run_at, j.job_id
     LIMIT 1
$$;

-- What waits, runs and died, over all clinics, for the metrics: numbers only.
CREATE FUNCTION fertidoc.count_jobs()
    RETURNS TABLE (kind text, state text, jobs bigint, oldest_seconds double precision)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT j.kind, j.state, count(*),
           GREATEST(0, extract(epoch FROM clock_timestamp() - min(j.run_at)))::double precision
      FROM fertidoc.job j
     WHERE j.state = 'ready' OR j.state = 'running' OR j.state = 'dead'
     GROUP BY j.kind, j.state
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'claim_job(text, text, double precision)',
        'renew_lease(uuid, bigint, double precision)',
        'rescue_jobs(double precision, int)',
        'next_job_in(text)',
        'count_jobs()'
    ] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION fertidoc.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION fertidoc.%s TO fertidoc_worker', name);
    END LOOP;
END
$$;

-- Wakes whoever waits for work; a hint only. Notices of one transaction are one.
CREATE FUNCTION fertidoc.tell_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fertidoc_job', NEW.kind);
    RETURN NULL;
END
$$;
CREATE TRIGGER job_inserted AFTER INSERT ON fertidoc.job
    FOR EACH ROW WHEN (NEW.state = 'ready') EXECUTE FUNCTION fertidoc.tell_of_job();
CREATE TRIGGER job_ready_again AFTER UPDATE OF state ON fertidoc.job
    FOR EACH ROW WHEN (NEW.state = 'ready' AND OLD.state <> 'ready') EXECUTE FUNCTION fertidoc.tell_of_job();
