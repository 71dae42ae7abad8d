SELECT state, length, received, metadata, outcome, expires_at,
       ended_at IS NULL AND expires_at <= clock_timestamp() AS late,
       holder IS NOT NULL AND lease_until > clock_timestamp() AS held
  FROM upload
 WHERE upload_id = $1
   AND agent_id = $2
