INSERT INTO fertidoc.patient_name_word (clinic_id, word, patient_id)
SELECT $1, word, $2 FROM unnest($3::text[]) AS word
ON CONFLICT DO NOTHING
