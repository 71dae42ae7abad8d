SELECT fertidoc.next_job_in($1)
