-- The first row that has waited for its seal for more than $1 seconds.
SELECT e.audit_id, e.clinic_id
  FROM fertidoc.audit_event e
  LEFT JOIN fertidoc.audit_seal s USING (audit_id)
 WHERE s.audit_id IS NULL
   AND e.at < clock_timestamp() - make_interval(secs => $1)
   AND ($2::uuid IS NULL OR e.clinic_id = $2)
 ORDER BY e.audit_id
 LIMIT 1
