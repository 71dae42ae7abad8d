SELECT object_id, file_name, media_type, size_bytes, sha256, scan
  FROM fertidoc.document
 WHERE document_id = $1
