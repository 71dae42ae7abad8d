-- What a patient's summary is. The live view is its only definition; the materialized view holds
-- the same rows computed beforehand. Nothing here depends on the day, on who looks or on settings.

CREATE VIEW fertidoc.patient_summary_live WITH (security_invoker = true) AS
SELECT p.clinic_id,
       p.patient_id,
       p.version,
       jsonb_build_object(
           'id', p.patient_id, 'family_name', p.family_name, 'given_names', p.given_names,
           'birth_date', p.birth_date, 'sex', p.sex,
           'identifiers', identifiers.list, 'partners', partners.list) AS patient,
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
 -- Who and from when to when, nothing of the partner's own: reading that is a reading of the
 -- partner, and which of them is the present one depends on the day.
 CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('patient_id', linked.partner, 'since', linked.since, 'until', linked.until)
                              ORDER BY linked.since DESC, linked.partnership_id), '[]') AS list
      FROM (SELECT s.partnership_id, s.other AS partner, s.since, s.until
              FROM fertidoc.partnership s WHERE s.clinic_id = p.clinic_id AND s.one = p.patient_id
             UNION ALL
            SELECT s.partnership_id, s.one, s.since, s.until
              FROM fertidoc.partnership s WHERE s.clinic_id = p.clinic_id AND s.other = p.patient_id) linked) partners
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

-- Row level security does not reach a materialized view, so this function is the only way to it.
-- The clinic is that of the transaction and no argument: there is none to get wrong, and as every
-- reading writes its audit row, every reading has a transaction that says its clinic.
CREATE FUNCTION materialized.patient_summary_of(wanted uuid) RETURNS SETOF materialized.patient_summary
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.* FROM materialized.patient_summary m
     WHERE m.patient_id = wanted AND m.clinic_id = fertidoc.current_clinic()
$$;
REVOKE ALL ON FUNCTION materialized.patient_summary_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION materialized.patient_summary_of(uuid) TO fertidoc_app, fertidoc_worker;
RESET ROLE;

-- How many patients there are, seen by other eyes than the refresher's: a policy of the refresher that
-- is missing would hide patients from its views and from its own counting alike.
CREATE POLICY count_all ON fertidoc.patient FOR SELECT TO fertidoc_owner USING (true);
CREATE FUNCTION fertidoc.count_patients() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT count(*) FROM fertidoc.patient $$;
REVOKE ALL ON FUNCTION fertidoc.count_patients() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.count_patients() TO fertidoc_refresher;
