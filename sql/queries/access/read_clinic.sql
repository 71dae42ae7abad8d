SELECT name FROM fertidoc.clinic WHERE clinic_id = $1
