SELECT patient_id FROM fertidoc.patient WHERE clinic_id = $1 AND donor_code = $2
