DELETE FROM fertidoc.patient_identifier WHERE patient_id = $1
