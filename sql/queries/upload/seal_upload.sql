UPDATE upload
   SET state = 'sealed', received = length, media_type = $3, frames = $4, hash = NULL, parts = $5,
       object_id = $6, tail_id = NULL, tail_packed = 0, sha256 = $7,
       expires_at = clock_timestamp() + make_interval(secs => $8)
 WHERE upload_id = $1
   AND holder = $2
   AND state = 'receiving'
