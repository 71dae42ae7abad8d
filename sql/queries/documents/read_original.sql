-- Where the bytes of a document are.
SELECT object_id, file_name, media_type, size_bytes, sha256 FROM fertidoc.document WHERE document_id = $1
