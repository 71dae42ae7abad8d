-- Committed rows behind the mark $1 that are not sealed, in the order of their ids.
SELECT e.audit_id, e.clinic_id, (extract(epoch FROM e.at) * 1000000)::bigint AS at, e.agent_id, e.action, e.subject,
       e.request_id, e.detail::text AS detail, e.patient_id, e.outcome, e.session_id, e.client::text AS client,
       e.writer, e.writer_number, e.patients,
       extract(epoch FROM clock_timestamp() - e.at)::float8 AS age
  FROM fertidoc.audit_event e
 WHERE e.audit_id > $1
   AND NOT EXISTS (SELECT FROM fertidoc.audit_seal s WHERE s.audit_id = e.audit_id)
 ORDER BY e.audit_id
 LIMIT $2
