SELECT fertidoc.revoke_in_laboratory($1, $2, $3)
