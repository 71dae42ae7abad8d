-- No row: the lease is no longer ours, and nothing of this transaction may stay.
UPDATE fertidoc.job
   SET state = 'done', lease_until = NULL, error_code = NULL, finished_at = clock_timestamp()
 WHERE job_id = $1 AND fence = $2 AND state = 'running'
RETURNING job_id
