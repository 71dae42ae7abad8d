-- Whatever is left of its bytes is condemned in the same transaction.
UPDATE upload
   SET state = $3, outcome = $4, document_id = $5, ended_at = clock_timestamp(),
       object_id = NULL, tail_id = NULL, holder = NULL, lease_until = NULL, wanted = false,
       hash = NULL, frames = '{}', parts = '{}'
 WHERE upload_id = $1
   AND holder = $2
   AND ended_at IS NULL
