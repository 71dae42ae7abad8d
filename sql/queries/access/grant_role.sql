-- A role that had ended begins anew; false where the person has it already.
INSERT INTO fertidoc.membership AS m (clinic_id, user_id, role, source, created_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (clinic_id, user_id, role) DO UPDATE
   SET source = EXCLUDED.source, created_at = clock_timestamp(), created_by = EXCLUDED.created_by, ended_at = NULL
 WHERE m.ended_at IS NOT NULL
