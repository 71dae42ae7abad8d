SELECT attempt, worker, started_at, finished_at, outcome
  FROM fertidoc.job_attempt
 WHERE clinic_id = $1 AND job_id = $2
 ORDER BY fence
