-- Rows of patients, locked in one order so that no two writers wait for each other.
SELECT patient_id, revision FROM fertidoc.patient WHERE patient_id = ANY ($1) ORDER BY patient_id FOR UPDATE
