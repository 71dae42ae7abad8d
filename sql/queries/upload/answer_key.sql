UPDATE idempotency_key
   SET fingerprint = $4, response = $5
 WHERE agent_id = $1
   AND key = $2
   AND holder = $3
   AND response IS NULL
