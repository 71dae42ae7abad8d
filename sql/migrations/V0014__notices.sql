-- Who made a token, and emergency access: who opened it, and who was told.

-- The person or token that asked for it; NULL for the command line.
ALTER TABLE fertidoc.api_token ADD COLUMN created_by uuid REFERENCES fertidoc.agent;

-- For one session in one clinic. The row stays when the session is forgotten.
CREATE TABLE fertidoc.emergency (
    emergency_id uuid PRIMARY KEY,
    clinic_id    uuid NOT NULL REFERENCES fertidoc.clinic,
    session_id   uuid NOT NULL,
    user_id      uuid NOT NULL REFERENCES fertidoc.user_account,
    reason       text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500),
    opened_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at      timestamptz NOT NULL,
    CHECK (ends_at >= opened_at AND ends_at <= opened_at + interval '1 hour')
);
CREATE INDEX ON fertidoc.emergency (session_id);
CREATE INDEX ON fertidoc.emergency (clinic_id, opened_at);

-- What somebody who watches over the clinic is told; no text of a patient.
CREATE TABLE fertidoc.notice (
    notice_id       uuid PRIMARY KEY,
    clinic_id       uuid NOT NULL REFERENCES fertidoc.clinic,
    user_id         uuid NOT NULL REFERENCES fertidoc.user_account,
    emergency_id    uuid NOT NULL REFERENCES fertidoc.emergency,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    acknowledged_at timestamptz,
    UNIQUE (emergency_id, user_id)
);
CREATE INDEX ON fertidoc.notice (clinic_id, user_id) WHERE acknowledged_at IS NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['emergency', 'notice'] LOOP
        EXECUTE format('ALTER TABLE fertidoc.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE fertidoc.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_clinic ON fertidoc.%I TO fertidoc_app USING (clinic_id = fertidoc.current_clinic())', name);
        EXECUTE format('CREATE POLICY backup ON fertidoc.%I FOR SELECT TO fertidoc_backup USING (true)', name);
        EXECUTE format('GRANT SELECT ON fertidoc.%I TO fertidoc_backup', name);
        EXECUTE format('GRANT SELECT, INSERT ON fertidoc.%I TO fertidoc_app', name);
    END LOOP;
END
$$;
GRANT UPDATE (ends_at) ON fertidoc.emergency TO fertidoc_app;
GRANT UPDATE (acknowledged_at) ON fertidoc.notice TO fertidoc_app;
CREATE POLICY functions ON fertidoc.emergency FOR SELECT TO fertidoc_owner USING (true);

-- The emergency access of a session in the clinic that it works for, looked up with the session.
CREATE FUNCTION fertidoc.emergency_of(wanted uuid, works_for uuid)
    RETURNS TABLE (emergency_id uuid, ends_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT e.emergency_id, e.ends_at
      FROM fertidoc.emergency e
     WHERE e.session_id = wanted AND e.clinic_id = works_for AND e.ends_at > clock_timestamp()
     ORDER BY e.opened_at DESC
     LIMIT 1
$$;
REVOKE ALL ON FUNCTION fertidoc.emergency_of(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.emergency_of(uuid, uuid) TO fertidoc_app;
