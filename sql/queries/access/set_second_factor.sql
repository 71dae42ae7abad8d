SELECT fertidoc.set_second_factor($1, $2, $3)
