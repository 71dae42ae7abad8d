INSERT INTO idempotency_key (clinic_id, agent_id, key, holder, lease_until)
VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
    ON CONFLICT (clinic_id, agent_id, key) DO UPDATE
       SET holder = EXCLUDED.holder, lease_until = EXCLUDED.lease_until
     WHERE idempotency_key.response IS NULL
       AND idempotency_key.lease_until < clock_timestamp()
