-- Seconds for which the next job of the transaction's clinic has waited for its turn.
SELECT extract(epoch FROM clock_timestamp() - run_at)::double precision AS seconds
  FROM fertidoc.job
 WHERE state = 'ready' AND run_at <= clock_timestamp()
 ORDER BY run_at
 LIMIT 1
