UPDATE stored_object SET state = 'condemned' WHERE object_id = $1 AND state = 'uploading'
