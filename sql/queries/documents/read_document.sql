-- A document with what the last reading found.
SELECT d.document_id, d.file_name, d.media_type, d.size_bytes, d.sha256, d.state, d.page, d.pages, d.kind,
       d.filing, d.held_because, d.error_code, d.collected_on, d.reported_on, s.patient_id AS stated_patient_id,
       d.filed_by, d.filed_at, d.revision, d.created_at, d.updated_at,
       p.patient_id, p.family_name, p.given_names,
       v.values, v.values_waiting, COALESCE(a.result, m.result) AS result,
       NOT fertidoc.sees_sex_chromosomes() AND COALESCE(m.sex_chromosomes, 'unknown') <> 'absent' AS withheld
  FROM fertidoc.document d
  LEFT JOIN fertidoc.patient p ON p.patient_id = d.patient_id
  LEFT JOIN fertidoc.patient s ON s.patient_id = d.stated_patient_id
  LEFT JOIN fertidoc.analysis a ON a.analysis_id = d.analysis_id
  LEFT JOIN fertidoc.document_mask m ON m.document_id = d.document_id AND m.analysis_id = d.analysis_id
  CROSS JOIN LATERAL (
       SELECT count(*) AS values, count(*) FILTER (WHERE o.needs_review AND o.state = 'read') AS values_waiting
         FROM fertidoc.observation o
        WHERE o.document_id = d.document_id AND o.state IN ('read', 'confirmed', 'corrected')
       ) AS v
 WHERE d.document_id = $1
