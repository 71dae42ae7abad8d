-- Where the bytes of a document are.
SELECT object_id, file_name, media_type, size_bytes, sha256, COALESCE(patient_id, stated_patient_id) AS touches
  FROM fertidoc.document
 WHERE document_id = $1
