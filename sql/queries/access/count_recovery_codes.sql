SELECT fertidoc.recovery_codes_left($1)
