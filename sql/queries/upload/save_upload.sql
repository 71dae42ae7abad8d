-- The next byte goes on from here. Whoever lost the upload to another request changes nothing.
UPDATE upload
   SET received = $3, media_type = $4, frames = $5, packs = $6, hash = $7, parts = $8, object_id = $9,
       tail_id = $10, tail_packed = $11, expires_at = clock_timestamp() + make_interval(secs => $12)
 WHERE upload_id = $1
   AND holder = $2
   AND state = 'receiving'
