SELECT fertidoc.replace_recovery_codes($1, $2)
