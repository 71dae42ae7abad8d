SELECT session_id, user_id, clinic_id, stage, standing, roles, sex_chromosomes, confirmed_ms_ago, second_factor, seen_long_ago
  FROM fertidoc.session_by_hash($1, $2)
