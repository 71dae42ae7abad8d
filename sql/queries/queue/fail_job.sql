-- Back to the queue after a pause, or set aside for a person when the attempts are used up.
UPDATE fertidoc.job
   SET state = CASE WHEN attempt >= max_attempts THEN 'dead' ELSE 'ready' END,
       run_at = clock_timestamp() + CASE WHEN attempt >= max_attempts THEN interval '0' ELSE fertidoc.job_pause($4, attempt) END,
       lease_until = NULL,
       error_code = $3,
       finished_at = CASE WHEN attempt >= max_attempts THEN clock_timestamp() END
 WHERE job_id = $1 AND fence = $2 AND state = 'running'
RETURNING state = 'dead' AS died
