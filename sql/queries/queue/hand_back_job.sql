-- The attempt is given back: a deploy or a store that is down is no failure of the document.
UPDATE fertidoc.job
   SET state = 'ready', attempt = attempt - 1, lease_until = NULL,
       run_at = clock_timestamp() + make_interval(secs => $3)
 WHERE job_id = $1 AND fence = $2 AND state = 'running'
RETURNING job_id
