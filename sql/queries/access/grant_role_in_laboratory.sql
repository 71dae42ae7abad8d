SELECT fertidoc.grant_in_laboratory($1, $2, $3, $4, $5)
