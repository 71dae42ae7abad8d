UPDATE upload
   SET wanted = true
 WHERE upload_id = $1
   AND agent_id = $2
   AND holder IS NOT NULL
   AND NOT wanted
