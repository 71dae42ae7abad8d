-- Nothing where the agent has too many that did not end.
INSERT INTO upload (upload_id, clinic_id, agent_id, length, metadata, file_name, patient_id, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8)
 WHERE (SELECT count(*) FROM upload u
         WHERE u.agent_id = $3
           AND u.ended_at IS NULL
           AND u.expires_at > clock_timestamp()) < $9
RETURNING expires_at
