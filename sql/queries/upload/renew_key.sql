UPDATE idempotency_key
   SET lease_until = clock_timestamp() + make_interval(secs => $4)
 WHERE agent_id = $1
   AND key = $2
   AND holder = $3
   AND response IS NULL
