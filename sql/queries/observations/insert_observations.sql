-- The values of one reading ($6: the analysis, $7: an id for each value, $8: the day of collection,
-- which holds where a value has no day of its own).
--
-- Where a person decided about the same value of an older reading, that decision stands; where the
-- new reading says something else about it, a person has to look again.
INSERT INTO fertidoc.observation (
    observation_id, clinic_id, document_id, analysis_id, extractor, lexicon, ordinal,
    analyte, value, value_text, unit, comparator, text, canonical_value, canonical_unit, alternate,
    ref_low, ref_high, flag, flag_source, limit_id, site, specimen, day, scheme, method, preparation,
    observed_on, page, box, path, source_text, confidence, needs_review, warnings, state)
SELECT ($7::uuid[])[r.ordinality], $1, $2, $3, $4, $5, r.ordinality,
       r.analyte, r.value, r.value_text, r.unit, r.comparator, r.text, r.canonical_value, r.canonical_unit, r.alternate,
       r.ref_low, r.ref_high, r.flag, r.flag_source, r.limit_id, r.site, r.specimen, r.day, r.scheme, r.method, r.preparation,
       COALESCE(r.observed_on, $8), r.page, r.box, r.path, r.source_text, r.confidence,
       r.needs_review OR NOT COALESCE(decided.same, true),
       r.warnings || CASE WHEN decided.same THEN '{}' WHEN NOT decided.same THEN '{decided_otherwise}' ELSE '{}' END::text[],
       CASE WHEN decided.same THEN 'superseded' ELSE 'read' END
  FROM ROWS FROM (jsonb_to_recordset($6::jsonb -> 'observations') AS (
           analyte text, value float8, value_text text, unit text, comparator text, text text,
           canonical_value float8, canonical_unit text, alternate jsonb, ref_low float8, ref_high float8,
           flag text, flag_source text, limit_id text, site text, specimen text, day int, scheme text,
           method text, preparation text, observed_on date, page int, box float8[], path text,
           source_text text, confidence float8, needs_review boolean, warnings text[]
       )) WITH ORDINALITY AS r
  CROSS JOIN LATERAL (
       SELECT bool_or(o.value_text = r.value_text
                      AND o.unit IS NOT DISTINCT FROM r.unit
                      AND o.comparator IS NOT DISTINCT FROM r.comparator) AS same
         FROM fertidoc.observation o
        WHERE o.document_id = $2
          AND o.analysis_id <> $3
          AND o.state IN ('confirmed', 'corrected', 'rejected')
          AND o.analyte = r.analyte
          AND o.site IS NOT DISTINCT FROM r.site
          AND o.specimen IS NOT DISTINCT FROM r.specimen
          AND o.day IS NOT DISTINCT FROM r.day
          AND o.preparation IS NOT DISTINCT FROM r.preparation
          AND o.observed_on IS NOT DISTINCT FROM COALESCE(r.observed_on, $8)
       ) AS decided
