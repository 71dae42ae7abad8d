SELECT fertidoc.create_account($1, $2, $3, $4, $5)
