SELECT session_id, clinic_id, clinic, created_at, last_seen_at, second_factor, client, browser FROM fertidoc.sessions_of($1, $2)
