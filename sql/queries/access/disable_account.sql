SELECT fertidoc.disable_account($1)
