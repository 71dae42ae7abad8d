SELECT FROM fertidoc.patient WHERE patient_id = $1
