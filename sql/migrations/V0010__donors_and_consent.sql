-- Donors are kept from the recipients' side, and partners are shown with consent.
--
-- A donor is a patient with a donor code. The wall stands before the role that answers requests: a
-- transaction whose sight (fertidoc.sight, said with the clinic) lacks `donors` finds no row of a
-- donor in any table. Whoever sees donors pays one comparison a statement; whoever does not, one
-- look-up by primary key a row. What the house does by itself (worker, refresher, backup, owner) is
-- not concerned.

CREATE FUNCTION fertidoc.sees(what text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE(what = ANY (string_to_array(current_setting('fertidoc.sight', true), ',')), false);

ALTER TABLE fertidoc.patient
    -- What recipients may know of a donor. A name would say more: a code holds a digit and no space.
    ADD COLUMN donor_code text CHECK (donor_code ~ '^[A-Z0-9][A-Z0-9./-]{0,39}$' AND donor_code ~ '[0-9]'),
    ADD UNIQUE (clinic_id, donor_code);

-- Who received from whom. The row names the donor by the code, so that whoever may read it for a
-- recipient has learned nothing more.
CREATE TABLE fertidoc.donation (
    donation_id uuid PRIMARY KEY,
    clinic_id   uuid NOT NULL,
    donor_code  text NOT NULL,
    recipient   uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('sperm', 'oocyte', 'embryo')),
    since       date NOT NULL,
    until       date CHECK (until >= since),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (clinic_id, donor_code) REFERENCES fertidoc.patient (clinic_id, donor_code) ON UPDATE CASCADE,
    FOREIGN KEY (clinic_id, recipient) REFERENCES fertidoc.patient (clinic_id, patient_id)
);
CREATE UNIQUE INDEX donation_current ON fertidoc.donation (clinic_id, recipient, donor_code, kind) WHERE until IS NULL;
CREATE INDEX ON fertidoc.donation (clinic_id, recipient);
CREATE INDEX ON fertidoc.donation (clinic_id, donor_code);

ALTER TABLE fertidoc.donation ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.donation FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.donation USING (clinic_id = fertidoc.current_clinic());
CREATE POLICY refresh ON fertidoc.donation FOR SELECT TO fertidoc_refresher USING (true);
CREATE POLICY backup ON fertidoc.donation FOR SELECT TO fertidoc_backup USING (true);
GRANT SELECT, INSERT ON fertidoc.donation TO fertidoc_app;
GRANT UPDATE (until) ON fertidoc.donation TO fertidoc_app;
GRANT SELECT ON fertidoc.donation TO fertidoc_worker, fertidoc_refresher, fertidoc_backup;

-- A paper that nobody was named for and that may be a donor's waits for those who see donors.
ALTER TABLE fertidoc.document ADD COLUMN donor_side boolean NOT NULL DEFAULT false;

-- The day on which the couple consented that each sees the other's record beside the own; none: nothing
-- of the partner is shown but that there is one.
ALTER TABLE fertidoc.partnership ADD COLUMN consented_on date;
GRANT UPDATE (consented_on) ON fertidoc.partnership TO fertidoc_app;

CREATE POLICY donor_wall ON fertidoc.patient AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR donor_code IS NULL);
CREATE POLICY donor_wall ON fertidoc.patient_name_word AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.patient w WHERE w.patient_id = patient_name_word.patient_id));
CREATE POLICY donor_wall ON fertidoc.patient_identifier AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.patient w WHERE w.patient_id = patient_identifier.patient_id));
CREATE POLICY donor_wall ON fertidoc.partnership AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.patient w WHERE w.patient_id = partnership.one)
              AND EXISTS (SELECT FROM fertidoc.patient w WHERE w.patient_id = partnership.other));
CREATE POLICY donor_wall ON fertidoc.donation AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.patient w WHERE w.patient_id = donation.recipient));
-- Whose it is, or, as long as that is open, whom the sender named; where nobody was named, whether it
-- may be a donor's.
CREATE POLICY donor_wall ON fertidoc.document AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR CASE WHEN COALESCE(patient_id, stated_patient_id) IS NULL THEN NOT donor_side
                   ELSE EXISTS (SELECT FROM fertidoc.patient w
                                 WHERE w.patient_id = COALESCE(document.patient_id, document.stated_patient_id)) END);
CREATE POLICY donor_wall ON fertidoc.analysis AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.document w WHERE w.document_id = analysis.document_id));
CREATE POLICY donor_wall ON fertidoc.document_page AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.analysis w WHERE w.analysis_id = document_page.analysis_id));
CREATE POLICY donor_wall ON fertidoc.observation AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.document w WHERE w.document_id = observation.document_id));
CREATE POLICY donor_wall ON fertidoc.job AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.document w WHERE w.document_id = job.document_id));
CREATE POLICY donor_wall ON fertidoc.job_attempt AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR EXISTS (SELECT FROM fertidoc.job w WHERE w.job_id = job_attempt.job_id));

CREATE POLICY donors_link ON fertidoc.donation AS RESTRICTIVE FOR INSERT TO fertidoc_app
    WITH CHECK ((SELECT fertidoc.sees('donors')));
CREATE POLICY donors_end ON fertidoc.donation AS RESTRICTIVE FOR UPDATE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors')));

-- The document that some bytes are already, behind the wall too: the same bytes make no second one.
-- See the page at the top of src/upload/mod.rs.
CREATE FUNCTION fertidoc.same_document(content bytea, stated uuid)
    RETURNS TABLE (document_id uuid, unclaimed boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT d.document_id,
           d.filing = 'unread' AND d.stated_patient_id IS NULL AND d.patient_id IS NULL
      FROM fertidoc.document d
     WHERE d.clinic_id = fertidoc.current_clinic()
       AND d.sha256 = content
       AND (stated IS NULL
            OR d.patient_id = stated
            OR d.stated_patient_id = stated
            OR (d.filing = 'unread' AND d.stated_patient_id IS NULL AND d.patient_id IS NULL))
     ORDER BY d.patient_id IS NOT DISTINCT FROM stated DESC,
              d.stated_patient_id IS NOT DISTINCT FROM stated DESC,
              d.created_at,
              d.document_id
     LIMIT 1;
END
$$;
REVOKE ALL ON FUNCTION fertidoc.same_document(bytea, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.same_document(bytea, uuid) TO fertidoc_app;

SET LOCAL ROLE fertidoc_refresher;

DROP FUNCTION materialized.patient_summary_of(uuid);
DROP MATERIALIZED VIEW materialized.patient_summary;

CREATE OR REPLACE FUNCTION materialized.mark_by_patient() RETURNS trigger
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
        -- With a donor, whoever received from the donor, because the donor's names are withheld there,
        -- and the partners, who are shown without the donor.
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        WITH before AS (SELECT o.clinic_id, o.patient_id, to_jsonb(o) - unseen AS seen FROM old_rows o),
             after AS (SELECT n.clinic_id, n.patient_id, to_jsonb(n) - unseen AS seen FROM new_rows n),
             changed AS ((TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before)),
             donors AS (SELECT c.clinic_id, c.patient_id, c.seen ->> 'donor_code' AS donor_code
                          FROM changed c WHERE c.seen ->> 'donor_code' IS NOT NULL)
        SELECT c.clinic_id, c.patient_id FROM changed c
         UNION
        SELECT n.clinic_id, n.recipient
          FROM donors d JOIN fertidoc.donation n ON n.clinic_id = d.clinic_id AND n.donor_code = d.donor_code
         UNION
        SELECT s.clinic_id, CASE s.one WHEN d.patient_id THEN s.other ELSE s.one END
          FROM donors d JOIN fertidoc.partnership s
            ON s.clinic_id = d.clinic_id AND (s.one = d.patient_id OR s.other = d.patient_id);
    END IF;
    IF TG_TABLE_NAME = 'patient_identifier' THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT DISTINCT n.clinic_id, n.recipient
          FROM fertidoc.stale_patient s
          JOIN fertidoc.patient p ON p.patient_id = s.patient_id AND p.donor_code IS NOT NULL
          JOIN fertidoc.donation n ON n.clinic_id = p.clinic_id AND n.donor_code = p.donor_code
         WHERE s.xid = pg_current_xact_id();
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION materialized.mark_by_donation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT DISTINCT n.clinic_id, n.recipient FROM new_rows n;
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
        SELECT DISTINCT o.clinic_id, o.recipient FROM old_rows o;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION materialized.mark_by_donation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION materialized.mark_by_donation() TO fertidoc_owner;
RESET ROLE;

CREATE TRIGGER stale_insert AFTER INSERT ON fertidoc.donation REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION materialized.mark_by_donation();
CREATE TRIGGER stale_update AFTER UPDATE ON fertidoc.donation REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION materialized.mark_by_donation();
CREATE TRIGGER stale_delete AFTER DELETE ON fertidoc.donation REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION materialized.mark_by_donation();

-- What a patient's summary is, as before, with donations and without partners who did not consent.
DROP VIEW fertidoc.patient_summary_live;
CREATE VIEW fertidoc.patient_summary_live WITH (security_invoker = true) AS
SELECT p.clinic_id,
       p.patient_id,
       p.version,
       p.donor_code,
       jsonb_build_object(
           'id', p.patient_id, 'family_name', p.family_name, 'given_names', p.given_names,
           'birth_date', p.birth_date, 'sex', p.sex, 'donor_code', p.donor_code,
           'identifiers', identifiers.list, 'partners', partners.list, 'donations', donations.list) AS patient,
       papers.documents,
       papers.documents_pending,
       papers.documents_held,
       papers.documents_failed,
       papers.newest_document_on,
       waiting.values_waiting,
       latest."values"
  FROM fertidoc.patient p
 CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('authority', i.authority, 'value', i.value)
                              ORDER BY i.authority COLLATE "C", i.folded COLLATE "C"), '[]') AS list
      FROM fertidoc.patient_identifier i
     WHERE i.clinic_id = p.clinic_id AND i.patient_id = p.patient_id) identifiers
 -- From when to when; who it is only where the couple consented. Nothing of the partner's own: reading
 -- that is a reading of the partner, and which of them is the present one depends on the day. A donor
 -- is nobody's partner here.
 CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object(
                                  'link', linked.partnership_id,
                                  'patient_id', CASE WHEN linked.consented_on IS NOT NULL THEN linked.partner END,
                                  'since', linked.since, 'until', linked.until, 'consented_on', linked.consented_on)
                              ORDER BY linked.since DESC, linked.partnership_id), '[]') AS list
      FROM (SELECT s.partnership_id, s.other AS partner, s.since, s.until, s.consented_on
              FROM fertidoc.partnership s WHERE s.clinic_id = p.clinic_id AND s.one = p.patient_id
             UNION ALL
            SELECT s.partnership_id, s.one, s.since, s.until, s.consented_on
              FROM fertidoc.partnership s WHERE s.clinic_id = p.clinic_id AND s.other = p.patient_id) linked
      JOIN fertidoc.patient o
        ON o.clinic_id = p.clinic_id AND o.patient_id = linked.partner AND o.donor_code IS NULL) partners
 -- What the patient receives: the donor's code and the days, and nothing that leads further.
 CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('donor_code', n.donor_code, 'kind', n.kind,
                                                 'since', n.since, 'until', n.until)
                              ORDER BY n.since DESC, n.donation_id), '[]') AS list
      FROM fertidoc.donation n
     WHERE n.clinic_id = p.clinic_id AND n.recipient = p.patient_id) donations
 -- Documents of the patient, and those handed in for the patient and not yet filed.
 CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.filing = 'filed') AS documents,
           count(*) FILTER (WHERE d.state IN ('stored', 'reading')) AS documents_pending,
           count(*) FILTER (WHERE d.filing = 'held') AS documents_held,
           count(*) FILTER (WHERE d.state IN ('refused', 'failed')) AS documents_failed,
           max(COALESCE(d.collected_on, d.reported_on)) FILTER (WHERE d.filing = 'filed') AS newest_document_on
      FROM (SELECT f.filing, f.state, f.collected_on, f.reported_on
              FROM fertidoc.document f WHERE f.clinic_id = p.clinic_id AND f.patient_id = p.patient_id
             UNION ALL
            SELECT f.filing, f.state, f.collected_on, f.reported_on
              FROM fertidoc.document f
             WHERE f.clinic_id = p.clinic_id AND f.stated_patient_id = p.patient_id AND f.patient_id IS NULL) d) papers
 CROSS JOIN LATERAL (
    SELECT count(*) AS values_waiting
      FROM fertidoc.document d
      JOIN fertidoc.observation o
        ON o.clinic_id = d.clinic_id AND o.document_id = d.document_id AND o.analysis_id = d.analysis_id
     WHERE d.clinic_id = p.clinic_id AND d.patient_id = p.patient_id
       AND d.filing = 'filed' AND d.state = 'read'
       AND o.state = 'read' AND o.needs_review) waiting
 CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(series.latest || jsonb_build_object('trend', series.trend)
                              ORDER BY series.analyte COLLATE "C", series.site COLLATE "C" NULLS FIRST,
                                       series.preparation COLLATE "C" NULLS FIRST,
                                       series.specimen COLLATE "C" NULLS FIRST), '[]') AS "values"
      FROM (
        SELECT v.analyte, v.site, v.preparation, v.specimen,
               (array_agg(v.whole ORDER BY v.place))[1] AS latest,
               COALESCE(jsonb_agg(v.point ORDER BY v.place) FILTER (WHERE v.place > 1), '[]') AS trend
          FROM (
            SELECT ranked.analyte, ranked.site, ranked.preparation, ranked.specimen, ranked.place,
                   CASE WHEN ranked.place = 1 THEN jsonb_build_object(
                       'observation_id', ranked.observation_id, 'document_id', ranked.document_id,
                       'analyte', ranked.analyte, 'site', ranked.site, 'preparation', ranked.preparation,
                       'specimen', ranked.specimen, 'day', ranked.day, 'scheme', ranked.scheme,
                       'method', ranked.method, 'value', ranked.value, 'value_text', ranked.value_text,
                       'comparator', ranked.comparator, 'unit', ranked.unit, 'text', ranked.text,
                       'canonical_value', ranked.canonical_value, 'canonical_unit', ranked.canonical_unit,
                       'alternate', ranked.alternate, 'ref_low', ranked.ref_low, 'ref_high', ranked.ref_high,
                       'flag', ranked.flag, 'flag_source', ranked.flag_source, 'limit_id', ranked.limit_id)
                   || jsonb_build_object(
                       'observed_on', ranked.observed_on, 'page', ranked.page, 'box', ranked.box,
                       'path', ranked.path, 'entered_because', ranked.entered_because,
                       'source_text', ranked.source_text, 'confidence', ranked.confidence,
                       'verified', ranked.state <> 'read', 'warnings', ranked.warnings,
                       'extractor', ranked.extractor, 'lexicon', ranked.lexicon) END AS whole,
                   CASE WHEN ranked.place > 1 THEN jsonb_build_object(
                       'observation_id', ranked.observation_id, 'document_id', ranked.document_id,
                       'observed_on', ranked.observed_on, 'value_text', ranked.value_text,
                       'comparator', ranked.comparator, 'text', ranked.text,
                       'canonical_value', ranked.canonical_value, 'canonical_unit', ranked.canonical_unit,
                       'verified', ranked.state <> 'read') END AS point
              FROM (
                SELECT o.*,
                       row_number() OVER (
                           PARTITION BY o.analyte, o.site, o.preparation, o.specimen
                           ORDER BY o.observed_on DESC NULLS LAST, d.created_at DESC, d.document_id DESC,
                                    o.day DESC NULLS LAST, o.ordinal DESC) AS place
                  FROM fertidoc.document d
                  JOIN fertidoc.observation o
                    ON o.clinic_id = d.clinic_id AND o.document_id = d.document_id AND o.analysis_id = d.analysis_id
                 WHERE d.clinic_id = p.clinic_id AND d.patient_id = p.patient_id
                   AND d.filing = 'filed' AND d.state = 'read'
                   -- What no person has looked at counts only where no person needs to.
                   AND (o.state IN ('confirmed', 'corrected') OR (o.state = 'read' AND NOT o.needs_review))) ranked
             -- The latest value and two years of monthly ones before it.
             WHERE ranked.place <= 25) v
         GROUP BY v.analyte, v.site, v.preparation, v.specimen) series) latest;
GRANT SELECT ON fertidoc.patient_summary_live TO fertidoc_app, fertidoc_worker, fertidoc_refresher;


SET LOCAL ROLE fertidoc_refresher;

CREATE MATERIALIZED VIEW materialized.patient_summary AS SELECT * FROM fertidoc.patient_summary_live;
CREATE UNIQUE INDEX patient_summary_patient ON materialized.patient_summary (patient_id);

-- Row level security does not reach a materialized view, so this function is the only way to it: the
-- clinic and the sight are those of the transaction and no argument.
CREATE FUNCTION materialized.patient_summary_of(wanted uuid) RETURNS SETOF materialized.patient_summary
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.* FROM materialized.patient_summary m
     WHERE m.patient_id = wanted AND m.clinic_id = fertidoc.current_clinic()
       AND (m.donor_code IS NULL OR fertidoc.sees('donors'))
$$;
REVOKE ALL ON FUNCTION materialized.patient_summary_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION materialized.patient_summary_of(uuid) TO fertidoc_app, fertidoc_worker;
RESET ROLE;
