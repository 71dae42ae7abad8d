-- A heartbeat through the queue of notices, with the clock of the database behind it: whoever hears
-- it has heard every notice that was committed before.
SELECT pg_notify('fertidoc_summary_beat', $1::text || ' ' || (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
