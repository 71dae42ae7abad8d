-- Nothing where one is open already.
INSERT INTO fertidoc.emergency (emergency_id, clinic_id, session_id, user_id, reason, opened_at, ends_at)
SELECT $1, $2, $3, $4, $5, clock.now, clock.now + $6::bigint * interval '1 second'
  FROM (SELECT statement_timestamp() AS now) clock
 WHERE NOT EXISTS (
       SELECT FROM fertidoc.emergency e WHERE e.session_id = $3 AND e.clinic_id = $2 AND e.ends_at > clock.now)
RETURNING ends_at
