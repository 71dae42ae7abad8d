-- The record of who did what becomes one that cannot be quietly altered.
--
-- Rows are inserted unsealed, in the transaction that does what they tell. Whoever writes numbers
-- its rows without gaps, so a row that is taken away leaves a hole; a sealer chains what was
-- committed, one chain a clinic, with a key that the database does not hold.

-- What nobody of a clinic did, as a sign-in with an unknown token, stands in the house's own chain.
ALTER TABLE fertidoc.audit_event ALTER COLUMN clinic_id DROP NOT NULL;

-- The id is drawn behind the transaction's own number: once all transactions that had begun by
-- then are over, no row with an id up to the last one drawn can still appear.
DO $$
DECLARE
    next bigint := nextval(pg_get_serial_sequence('fertidoc.audit_event', 'audit_id'));
BEGIN
    ALTER TABLE fertidoc.audit_event ALTER COLUMN audit_id DROP IDENTITY;
    EXECUTE format('CREATE SEQUENCE fertidoc.audit_id AS bigint START %s', next);
END
$$;
ALTER SEQUENCE fertidoc.audit_id OWNED BY fertidoc.audit_event.audit_id;
CREATE FUNCTION fertidoc.next_audit_id() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN nextval('fertidoc.audit_id');
END
$$;
ALTER TABLE fertidoc.audit_event ALTER COLUMN audit_id SET DEFAULT fertidoc.next_audit_id();

-- A writer is a session of the database. Its name and last number are settings of the session,
-- which go back with the transaction or savepoint that is rolled back: so a number is used by
-- exactly what was committed.
CREATE FUNCTION fertidoc.audit_writer() RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    writer text := current_setting('fertidoc.audit_writer', true);
BEGIN
    IF writer IS NULL OR writer = '' THEN
        writer := set_config('fertidoc.audit_writer', gen_random_uuid()::text, false);
        PERFORM set_config('fertidoc.audit_number', '', false);
    END IF;
    RETURN writer::uuid;
END
$$;
CREATE FUNCTION fertidoc.next_audit_number() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    number bigint := COALESCE(NULLIF(current_setting('fertidoc.audit_number', true), ''), '0')::bigint + 1;
BEGIN
    PERFORM set_config('fertidoc.audit_number', number::text, false);
    RETURN number;
END
$$;
ALTER TABLE fertidoc.audit_event
    ADD COLUMN writer uuid NOT NULL DEFAULT fertidoc.audit_writer(),
    ADD COLUMN writer_number bigint NOT NULL DEFAULT fertidoc.next_audit_number() CHECK (writer_number > 0),
    -- Whom a list showed; patient_id stays for what touches one patient.
    ADD COLUMN patients uuid[] CHECK (patients <> '{}'),
    ADD UNIQUE (writer, writer_number);
CREATE INDEX ON fertidoc.audit_event USING gin (patients) WHERE patients IS NOT NULL;
DROP INDEX fertidoc.audit_event_subject_idx;

-- Ids, moments and numbers are the database's own: nobody writes them.
REVOKE INSERT ON fertidoc.audit_event FROM fertidoc_app, fertidoc_worker;
GRANT INSERT (clinic_id, agent_id, session_id, client, action, outcome, subject, patient_id, patients,
              request_id, detail)
    ON fertidoc.audit_event TO fertidoc_app, fertidoc_worker;
GRANT USAGE ON SEQUENCE fertidoc.audit_id TO fertidoc_app, fertidoc_worker;
-- The sealer reads how far ids were drawn.
GRANT SELECT ON SEQUENCE fertidoc.audit_id TO fertidoc_sealer, fertidoc_backup;

-- What many viewers of several clinics read and were refused, in one statement.
CREATE FUNCTION fertidoc.record_events(
        clinics uuid[], agents uuid[], sessions uuid[], clients inet[], actions text[], outcomes text[],
        subjects uuid[], one_patient uuid[], many_patients text[], requests text[], details jsonb[])
    RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    INSERT INTO fertidoc.audit_event
           (clinic_id, agent_id, session_id, client, action, outcome, subject, patient_id, patients,
            request_id, detail)
    SELECT e.clinic, e.agent, e.session, e.client, e.action, e.outcome, e.subject, e.one, e.many::uuid[],
           e.request, e.detail
      FROM unnest(clinics, agents, sessions, clients, actions, outcomes, subjects, one_patient,
                  many_patients, requests, details)
           AS e (clinic, agent, session, client, action, outcome, subject, one, many, request, detail)
$$;
REVOKE ALL ON FUNCTION fertidoc.record_events(
    uuid[], uuid[], uuid[], inet[], text[], text[], uuid[], uuid[], text[], text[], jsonb[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.record_events(
    uuid[], uuid[], uuid[], inet[], text[], text[], uuid[], uuid[], text[], text[], jsonb[]) TO fertidoc_app;
CREATE POLICY record ON fertidoc.audit_event FOR INSERT TO fertidoc_owner WITH CHECK (true);

-- Of one chain: what was sealed, in the order in which it became visible.
CREATE TABLE fertidoc.audit_seal (
    -- The clinic, or zeros for the house.
    chain     uuid NOT NULL,
    seq       bigint NOT NULL CHECK (seq > 0),
    audit_id  bigint NOT NULL UNIQUE,
    -- HMAC-SHA256 over the seal before and every column of the row.
    mac       bytea NOT NULL CHECK (length(mac) = 32),
    -- How the columns were put into bytes.
    encoding  smallint NOT NULL DEFAULT 1,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (chain, seq)
);
-- All rows up to this one are sealed, or will never be there. It spares work and proves nothing.
CREATE TABLE fertidoc.audit_mark (
    one_row  boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    audit_id bigint NOT NULL
);
INSERT INTO fertidoc.audit_mark (audit_id) VALUES (0);

ALTER TABLE fertidoc.audit_seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.audit_seal FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.audit_seal USING (chain = fertidoc.current_clinic());
CREATE POLICY sealer ON fertidoc.audit_seal TO fertidoc_sealer USING (true) WITH CHECK (true);
CREATE POLICY backup ON fertidoc.audit_seal FOR SELECT TO fertidoc_backup USING (true);
CREATE POLICY sealer ON fertidoc.audit_event FOR SELECT TO fertidoc_sealer USING (true);
GRANT USAGE ON SCHEMA fertidoc TO fertidoc_sealer;
GRANT SELECT ON public.refinery_schema_history TO fertidoc_sealer;
GRANT SELECT ON fertidoc.audit_event TO fertidoc_sealer;
GRANT SELECT, INSERT ON fertidoc.audit_seal TO fertidoc_sealer;
GRANT SELECT, UPDATE ON fertidoc.audit_mark TO fertidoc_sealer;
GRANT SELECT ON fertidoc.audit_seal, fertidoc.audit_mark TO fertidoc_backup;

-- A second line behind the grants: not even the owner changes or takes away a row by accident.
CREATE FUNCTION fertidoc.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % stay as they are', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON fertidoc.audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION fertidoc.refuse_change();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON fertidoc.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION fertidoc.refuse_change();
