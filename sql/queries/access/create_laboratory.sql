SELECT fertidoc.create_laboratory($1, $2)
