INSERT INTO fertidoc.audit_event (clinic_id, actor, action, subject, request_id, detail)
VALUES ($1, $2, $3, $4, $5, $6)
