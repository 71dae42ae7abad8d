UPDATE stored_object
   SET state = 'complete', sha256 = $2, size_bytes = $3, frames = $4, multipart_id = NULL
 WHERE object_id = $1
   AND state IN ('uploading', 'held')
