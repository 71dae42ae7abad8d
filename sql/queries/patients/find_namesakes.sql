-- Everybody born on a day.
SELECT patient_id, family_name, given_names FROM fertidoc.patient WHERE birth_date = $1 ORDER BY patient_id
