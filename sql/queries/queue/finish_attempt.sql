UPDATE fertidoc.job_attempt
   SET finished_at = clock_timestamp(), outcome = $3
 WHERE job_id = $1 AND fence = $2
