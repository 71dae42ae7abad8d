SELECT job_id, clinic_id, document_id, died FROM fertidoc.rescue_jobs($1, $2)
