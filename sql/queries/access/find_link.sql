SELECT user_id, user_name, display_name FROM fertidoc.link_by_hash($1)
