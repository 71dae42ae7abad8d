INSERT INTO fertidoc.clinic (clinic_id, name) VALUES ($1, $2)
