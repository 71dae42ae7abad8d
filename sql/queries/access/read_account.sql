SELECT user_id, user_name, display_name, password_hash, totp_sealed, disabled FROM fertidoc.account_by_id($1)
