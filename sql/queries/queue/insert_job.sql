-- The same work that waits already is the same job.
INSERT INTO fertidoc.job (job_id, clinic_id, kind, document_id, max_attempts, request_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (document_id, kind) WHERE state IN ('ready', 'running')
DO UPDATE SET request_id = job.request_id
RETURNING job_id
