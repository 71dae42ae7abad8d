-- How far a document has come.
SELECT d.state, d.page, d.pages, d.kind, d.filing, d.patient_id, d.held_because, d.error_code, d.revision,
       count(o.observation_id) AS values,
       count(o.observation_id) FILTER (WHERE o.needs_review AND o.state = 'read') AS values_waiting
  FROM document d
  LEFT JOIN observation o
    ON o.clinic_id = d.clinic_id AND o.document_id = d.document_id AND o.analysis_id = d.analysis_id
 WHERE d.document_id = $1
 GROUP BY d.document_id
