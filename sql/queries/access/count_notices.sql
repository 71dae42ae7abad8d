SELECT count(*) FROM fertidoc.notice WHERE user_id = $1 AND acknowledged_at IS NULL
