-- Whose a document is so far, and whether it may tell sex chromosomes.
SELECT COALESCE(d.patient_id, d.stated_patient_id) AS touches,
       COALESCE(m.sex_chromosomes, 'unknown') <> 'absent' AS may_tell
  FROM fertidoc.document d
  LEFT JOIN fertidoc.document_mask m ON m.document_id = d.document_id
 WHERE d.document_id = $1
