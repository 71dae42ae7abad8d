-- The rows of one clinic, or those of none, in the order of their ids.
SELECT e.audit_id, e.at, e.agent_id, e.session_id, host(e.client) AS client, e.action, e.outcome, e.subject,
       e.patient_id, e.patients, e.request_id, e.detail
  FROM fertidoc.audit_event e
 WHERE e.clinic_id IS NOT DISTINCT FROM $1
 ORDER BY e.audit_id
