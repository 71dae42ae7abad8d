SELECT forget_idempotency_keys(make_interval(secs => $1))
