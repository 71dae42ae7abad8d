INSERT INTO document (document_id, clinic_id, object_id, sha256, size_bytes, file_name, media_type,
                      uploaded_by, stated_patient_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
