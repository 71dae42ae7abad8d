-- Waits until this session holds the lock; it is released with the session.
SELECT pg_advisory_lock($1)
