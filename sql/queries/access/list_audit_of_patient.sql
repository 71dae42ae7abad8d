-- Rows that touch one patient or showed him or her in a list, as list_audit.
SELECT e.audit_id, e.at, e.agent_id, e.session_id, host(e.client) AS client, e.action, e.outcome, e.subject,
       e.patient_id, e.patients, e.request_id, e.detail
  FROM fertidoc.audit_of_patient($3) AS touched (audit_id)
  JOIN fertidoc.audit_event e USING (audit_id)
 WHERE ($1::timestamptz IS NULL OR (e.at, e.audit_id) < ($1, $2::bigint))
   AND ($4::uuid IS NULL OR e.agent_id = $4)
   AND ($5::text IS NULL OR starts_with(e.action, $5))
   AND ($6::text IS NULL OR e.outcome = $6)
   AND ($7::timestamptz IS NULL OR e.at >= $7)
   AND ($8::timestamptz IS NULL OR e.at < $8)
 ORDER BY e.at DESC, e.audit_id DESC
 LIMIT $9
