SELECT fertidoc.make_link($1, $2, $3)
