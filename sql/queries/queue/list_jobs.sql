-- Newest first; ids are UUIDv7, so they sort by birth.
SELECT job_id, kind, document_id, state, attempt, max_attempts, run_at, worker, error_code,
       request_id, created_at, finished_at
  FROM fertidoc.job
 WHERE clinic_id = $1
   AND ($2::uuid IS NULL OR job_id < $2)
   AND ($3::text IS NULL OR state = $3)
 ORDER BY job_id DESC
 LIMIT $4
