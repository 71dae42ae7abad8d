SELECT fertidoc.enable_account($1)
