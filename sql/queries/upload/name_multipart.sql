UPDATE stored_object SET multipart_id = $2 WHERE object_id = $1 AND state = 'uploading'
