SELECT fertidoc.end_sessions_of($1, $2, $3, $4)
