-- Holds the row until the commit, so that nobody takes the job meanwhile.
SELECT job_id FROM fertidoc.job
 WHERE job_id = $1 AND fence = $2 AND state = 'running'
   FOR SHARE
