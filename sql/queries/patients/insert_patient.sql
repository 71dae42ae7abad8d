INSERT INTO fertidoc.patient (patient_id, clinic_id, family_name, given_names, birth_date, sex, search_text, donor_code)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
