-- Which summaries are out of date, and the version of each patient's summary.
--
-- A statement that changes a row that a summary reads appends the patients it concerns to
-- stale_patient, in the writer's own transaction. When that transaction commits, the version of each of
-- these patients is raised once and one notice goes out with the commit. All of it is done by
-- functions of the refresher, who sees base tables through policies of its own: it works alike for
-- every role that writes, and whichever clinic was said, or none.

CREATE SCHEMA materialized AUTHORIZATION fertidoc_refresher;
GRANT USAGE ON SCHEMA materialized TO fertidoc_app, fertidoc_worker, fertidoc_backup;

-- Append only, no foreign key: a mark outlives its patient, so that the old row is never shown.
CREATE TABLE fertidoc.stale_patient (
    clinic_id  uuid NOT NULL,
    patient_id uuid NOT NULL,
    -- The transaction that changed something.
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    marked_at  timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX ON fertidoc.stale_patient (clinic_id, patient_id);
CREATE INDEX ON fertidoc.stale_patient (xid);

ALTER TABLE fertidoc.stale_patient ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.stale_patient FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.stale_patient USING (clinic_id = fertidoc.current_clinic());
CREATE POLICY refresh ON fertidoc.stale_patient TO fertidoc_refresher USING (true);
GRANT SELECT ON fertidoc.stale_patient TO fertidoc_app, fertidoc_worker;
GRANT SELECT, INSERT, DELETE ON fertidoc.stale_patient TO fertidoc_refresher;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['patient', 'patient_identifier', 'partnership', 'document', 'observation'] LOOP
        EXECUTE format('GRANT SELECT ON fertidoc.%I TO fertidoc_refresher', name);
        EXECUTE format('CREATE POLICY refresh ON fertidoc.%I FOR SELECT TO fertidoc_refresher USING (true)', name);
    END LOOP;
END
$$;
GRANT UPDATE (version, version_xid) ON fertidoc.patient TO fertidoc_refresher;
CREATE POLICY raise_version ON fertidoc.patient FOR UPDATE TO fertidoc_refresher USING (true);
-- Never written: a row can only be locked by whoever may change something in it.
GRANT UPDATE (revision) ON fertidoc.document TO fertidoc_refresher;
CREATE POLICY hold_still ON fertidoc.document FOR UPDATE TO fertidoc_refresher USING (true);

SET LOCAL ROLE fertidoc_refresher;

-- The patient in whose summary a document shows: whose it is, or, as long as that is open, whom the
-- sender named.
CREATE FUNCTION materialized.shown_under(patient_id uuid, stated_patient_id uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(patient_id, stated_patient_id);

CREATE FUNCTION materialized.mark_by_patient() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- What no summary shows; without this, raising a version would raise the next.
    unseen CONSTANT text[] := ARRAY['version', 'version_xid', 'updated_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT DISTINCT n.clinic_id, n.patient_id FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT DISTINCT o.clinic_id, o.patient_id FROM old_rows o;
    ELSE
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        WITH before AS (SELECT o.clinic_id, o.patient_id, to_jsonb(o) - unseen AS seen FROM old_rows o),
             after AS (SELECT n.clinic_id, n.patient_id, to_jsonb(n) - unseen AS seen FROM new_rows n),
             changed AS ((TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before))
        SELECT DISTINCT c.clinic_id, c.patient_id FROM changed c;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION materialized.mark_by_partnership() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT n.clinic_id, n.one FROM new_rows n UNION SELECT n.clinic_id, n.other FROM new_rows n;
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT o.clinic_id, o.one FROM old_rows o UNION SELECT o.clinic_id, o.other FROM old_rows o;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION materialized.mark_by_document() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Progress is told many times a document and shows in no summary.
    unseen CONSTANT text[] := ARRAY['page', 'pages', 'revision', 'updated_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT DISTINCT n.clinic_id, materialized.shown_under(n.patient_id, n.stated_patient_id)
          FROM new_rows n
         WHERE materialized.shown_under(n.patient_id, n.stated_patient_id) IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT DISTINCT o.clinic_id, materialized.shown_under(o.patient_id, o.stated_patient_id)
          FROM old_rows o
         WHERE materialized.shown_under(o.patient_id, o.stated_patient_id) IS NOT NULL;
    ELSE
        -- The old patient and the new one: a document that moves marks both.
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        WITH before AS (
                 SELECT o.clinic_id, materialized.shown_under(o.patient_id, o.stated_patient_id) AS patient_id,
                        to_jsonb(o) - unseen AS seen
                   FROM old_rows o),
             after AS (
                 SELECT n.clinic_id, materialized.shown_under(n.patient_id, n.stated_patient_id) AS patient_id,
                        to_jsonb(n) - unseen AS seen
                   FROM new_rows n),
             changed AS ((TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before))
        SELECT DISTINCT c.clinic_id, c.patient_id FROM changed c WHERE c.patient_id IS NOT NULL;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION materialized.mark_by_observation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    documents uuid[] := '{}';
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        documents := documents || ARRAY(SELECT DISTINCT n.document_id FROM new_rows n);
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        documents := documents || ARRAY(SELECT DISTINCT o.document_id FROM old_rows o);
    END IF;
    -- The document stays with its patient until this transaction ends. Otherwise it could move
    -- unseen to a patient whom nobody then marks for this change. In id order, so that two cannot
    -- wait for each other.
    INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
    WITH still AS MATERIALIZED (
        SELECT d.clinic_id, materialized.shown_under(d.patient_id, d.stated_patient_id) AS patient_id
          FROM fertidoc.document d
         WHERE d.document_id = ANY (documents)
         ORDER BY d.document_id
           FOR SHARE OF d)
    SELECT DISTINCT s.clinic_id, s.patient_id FROM still s WHERE s.patient_id IS NOT NULL;
    RETURN NULL;
END
$$;

-- Runs at commit, for the first mark of the transaction on behalf of all of them: rows are locked
-- in id order, so versions follow the order of commits and no two transactions wait for each other.
CREATE FUNCTION materialized.raise_versions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    this CONSTANT xid8 := pg_current_xact_id();
BEGIN
    IF EXISTS (SELECT FROM fertidoc.patient p WHERE p.patient_id = NEW.patient_id AND p.version_xid = this) THEN
        RETURN NULL;
    END IF;
    PERFORM FROM fertidoc.patient p
      WHERE p.patient_id IN (SELECT s.patient_id FROM fertidoc.stale_patient s WHERE s.xid = this)
      ORDER BY p.patient_id
        FOR NO KEY UPDATE OF p;
    UPDATE fertidoc.patient p
       SET version = p.version + 1, version_xid = this
     WHERE p.patient_id IN (SELECT s.patient_id FROM fertidoc.stale_patient s WHERE s.xid = this)
       AND p.version_xid IS DISTINCT FROM this;
    -- `<clinic> <patient>,<patient>`; `<clinic> *` beyond 200 patients, as a notice holds 8,000 bytes.
    PERFORM pg_notify('fertidoc_summary', changed.clinic_id || ' ' || CASE
                WHEN count(*) <= 200 THEN string_agg(changed.patient_id::text, ',' ORDER BY changed.patient_id)
                ELSE '*' END)
       FROM (SELECT DISTINCT s.clinic_id, s.patient_id FROM fertidoc.stale_patient s WHERE s.xid = this) changed
      GROUP BY changed.clinic_id;
    RETURN NULL;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA materialized FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA materialized TO fertidoc_owner;
RESET ROLE;

CREATE CONSTRAINT TRIGGER raise_versions AFTER INSERT ON fertidoc.stale_patient
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION materialized.raise_versions();

DO $$
DECLARE
    read record;
BEGIN
    FOR read IN
        SELECT * FROM (VALUES ('patient', 'mark_by_patient'), ('patient_identifier', 'mark_by_patient'),
                              ('partnership', 'mark_by_partnership'), ('document', 'mark_by_document'),
                              ('observation', 'mark_by_observation')) AS t (name, mark)
    LOOP
        EXECUTE format('CREATE TRIGGER stale_insert AFTER INSERT ON fertidoc.%I REFERENCING NEW TABLE AS new_rows'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION materialized.%I()', read.name, read.mark);
        EXECUTE format('CREATE TRIGGER stale_update AFTER UPDATE ON fertidoc.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION materialized.%I()', read.name, read.mark);
        EXECUTE format('CREATE TRIGGER stale_delete AFTER DELETE ON fertidoc.%I REFERENCING OLD TABLE AS old_rows'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION materialized.%I()', read.name, read.mark);
    END LOOP;
END
$$;

-- Patients who were there before.
INSERT INTO fertidoc.stale_patient (clinic_id, patient_id) SELECT clinic_id, patient_id FROM fertidoc.patient;
