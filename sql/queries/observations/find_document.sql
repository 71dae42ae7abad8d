-- Whose a document is so far.
SELECT COALESCE(patient_id, stated_patient_id) AS touches FROM fertidoc.document WHERE document_id = $1
