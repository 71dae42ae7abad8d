-- Jobs of a clinic, and documents without the job that they should have, against the life of a job;
-- $1: seconds after which a lease that ran out was to be taken.
SELECT 'lease_expired' AS flaw, j.job_id AS id
  FROM fertidoc.job j
 WHERE j.state = 'running' AND j.lease_until < clock_timestamp() - make_interval(secs => $1)
 UNION ALL
SELECT 'attempts_exceeded', j.job_id
  FROM fertidoc.job j
 WHERE j.attempt > j.max_attempts OR j.attempt < 0
 UNION ALL
SELECT 'attempt_open', a.job_id
  FROM fertidoc.job_attempt a
  JOIN fertidoc.job j ON j.job_id = a.job_id
 WHERE a.outcome IS NULL AND NOT (j.state = 'running' AND j.fence = a.fence)
 UNION ALL
SELECT 'result_not_once', j.job_id
  FROM fertidoc.job j
 WHERE j.state = 'done'
   AND (SELECT count(*) FROM fertidoc.job_attempt a WHERE a.job_id = j.job_id AND a.outcome = 'done') <> 1
 UNION ALL
SELECT 'document_without_job', d.document_id
  FROM fertidoc.document d
 WHERE d.state IN ('stored', 'reading')
   AND NOT EXISTS (SELECT FROM fertidoc.job j
                    WHERE j.clinic_id = d.clinic_id AND j.document_id = d.document_id
                      AND j.state IN ('ready', 'running'))
 UNION ALL
SELECT 'failure_without_job', d.document_id
  FROM fertidoc.document d
 WHERE d.state = 'failed'
   AND NOT EXISTS (SELECT FROM fertidoc.job j
                    WHERE j.clinic_id = d.clinic_id AND j.document_id = d.document_id
                      AND j.state IN ('ready', 'running', 'dead'))
