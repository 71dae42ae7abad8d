SELECT fertidoc.use_recovery_code($1, $2)
