SELECT user_id, user_name, display_name, disabled FROM fertidoc.account_by_subject($1, $2)
