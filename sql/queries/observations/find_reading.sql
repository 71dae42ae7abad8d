-- The last reading of a document, and the next free place in its order of values.
SELECT COALESCE(d.patient_id, d.stated_patient_id) AS touches, a.analysis_id, a.extractor, a.lexicon,
       (SELECT COALESCE(max(o.ordinal), 0) + 1 FROM fertidoc.observation o WHERE o.analysis_id = a.analysis_id) AS ordinal
  FROM fertidoc.document d
  JOIN fertidoc.analysis a ON a.analysis_id = d.analysis_id
 WHERE d.document_id = $1
   FOR UPDATE OF d
