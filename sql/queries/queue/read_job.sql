SELECT job_id, kind, document_id, state, attempt, max_attempts, run_at, worker, error_code,
       request_id, created_at, finished_at
  FROM fertidoc.job
 WHERE clinic_id = $1 AND job_id = $2
