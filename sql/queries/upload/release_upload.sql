UPDATE upload
   SET holder = NULL, lease_until = NULL, wanted = false
 WHERE upload_id = $1
   AND holder = $2
