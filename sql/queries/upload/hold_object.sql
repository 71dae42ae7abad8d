UPDATE stored_object SET state = 'held' WHERE object_id = $1 AND state = 'uploading'
