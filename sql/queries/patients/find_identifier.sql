SELECT patient_id FROM fertidoc.patient_identifier WHERE authority = $1 AND folded = $2
