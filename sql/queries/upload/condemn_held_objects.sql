-- What an upload held and holds no longer, with what it takes to remove it.
UPDATE stored_object
   SET state = 'condemned'
 WHERE object_id = ANY ($1)
   AND state = 'held'
RETURNING object_id, multipart_id
