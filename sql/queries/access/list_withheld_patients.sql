-- Which of these patients the viewer is not shown.
SELECT named.patient_id
  FROM unnest($1::uuid[]) AS named (patient_id)
 WHERE NOT EXISTS (SELECT FROM fertidoc.patient p WHERE p.patient_id = named.patient_id)
