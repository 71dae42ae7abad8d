SELECT session_id, user_id, clinic_id, stage, because FROM fertidoc.end_sessions($1, $2, $3, $4, $5)
