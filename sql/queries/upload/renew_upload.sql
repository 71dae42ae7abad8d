UPDATE upload
   SET lease_until = clock_timestamp() + make_interval(secs => $3)
 WHERE upload_id = $1
   AND holder = $2
RETURNING wanted
