SELECT session_id, user_id, clinic_id, stage, because FROM fertidoc.end_overdue_sessions($1)
