SELECT count(*) FROM idempotency_key WHERE created_at < clock_timestamp() - make_interval(secs => $1)
