SELECT job_id, clinic_id, document_id, attempt, max_attempts, fence, request_id
  FROM fertidoc.claim_job($1, $2, $3)
