INSERT INTO stored_object (object_id, clinic_id) VALUES ($1, $2)
