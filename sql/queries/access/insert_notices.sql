-- Tells everybody who watches over the clinic, but for who opened it.
INSERT INTO fertidoc.notice (notice_id, clinic_id, user_id, emergency_id)
SELECT gen_random_uuid(), $1, h.user_id, $2
  FROM fertidoc.held_role h
  JOIN fertidoc.user_account u USING (user_id)
 WHERE h.clinic_id = $1 AND h.user_id <> $3 AND h.role = ANY ($4) AND u.disabled_at IS NULL
 GROUP BY h.user_id
