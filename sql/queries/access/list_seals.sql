-- Seals of a chain behind $2, each with its row as far as it is there.
SELECT s.seq, s.audit_id AS sealed_id, s.mac, s.encoding, e.audit_id IS NOT NULL AS there,
       extract(epoch FROM clock_timestamp() - s.sealed_at)::float8 AS sealed_ago,
       e.audit_id, e.clinic_id, (extract(epoch FROM e.at) * 1000000)::bigint AS at, e.agent_id, e.action, e.subject,
       e.request_id, e.detail::text AS detail, e.patient_id, e.outcome, e.session_id, e.client::text AS client,
       e.writer, e.writer_number, e.patients
  FROM fertidoc.audit_seal s
  LEFT JOIN fertidoc.audit_event e ON e.audit_id = s.audit_id
 WHERE s.chain = $1 AND s.seq > $2
 ORDER BY s.seq
 LIMIT $3
