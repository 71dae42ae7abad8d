SELECT fertidoc.use_totp_step($1, $2)
