INSERT INTO fertidoc.audit_event
       (clinic_id, agent_id, session_id, client, action, outcome, subject, patient_id, patients, request_id, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
