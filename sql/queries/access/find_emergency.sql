SELECT emergency_id, ends_at FROM fertidoc.emergency_of($1, $2)
