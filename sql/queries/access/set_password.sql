SELECT fertidoc.set_password($1, $2)
