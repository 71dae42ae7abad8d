SELECT fertidoc.join_laboratory($1, $2)
