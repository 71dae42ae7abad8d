SELECT fertidoc.clear_second_factor($1)
