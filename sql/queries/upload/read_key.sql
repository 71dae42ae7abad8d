SELECT fingerprint, response
  FROM idempotency_key
 WHERE agent_id = $1
   AND key = $2
   AND response IS NOT NULL
