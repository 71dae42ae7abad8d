-- What a person is in a clinic by a role given in that clinic.
SELECT role::text, source FROM fertidoc.membership
 WHERE clinic_id = $1 AND user_id = $2 AND ended_at IS NULL
