UPDATE fertidoc.job
   SET state = 'ready', attempt = 0, run_at = clock_timestamp(), error_code = NULL,
       request_id = $2, finished_at = NULL
 WHERE job_id = $1 AND state = 'dead'
RETURNING document_id
