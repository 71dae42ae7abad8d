SELECT fingerprint, response, lease_until >= clock_timestamp() AS held
  FROM idempotency_key
 WHERE agent_id = $1
   AND key = $2
