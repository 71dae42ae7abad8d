UPDATE fertidoc.patient
   SET family_name = $2, given_names = $3, birth_date = $4, sex = $5, search_text = $6, donor_code = $7,
       revision = revision + 1, updated_at = clock_timestamp()
 WHERE patient_id = $1
