DELETE FROM idempotency_key
 WHERE agent_id = $1
   AND key = $2
   AND holder = $3
   AND response IS NULL
