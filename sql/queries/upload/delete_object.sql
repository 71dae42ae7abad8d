DELETE FROM stored_object WHERE object_id = $1 AND state = 'condemned'
