-- A number of a patient; nothing where the number is given out already.
INSERT INTO fertidoc.patient_identifier (clinic_id, patient_id, authority, value, folded)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (clinic_id, authority, folded) DO NOTHING
