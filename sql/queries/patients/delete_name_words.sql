DELETE FROM fertidoc.patient_name_word WHERE patient_id = $1
