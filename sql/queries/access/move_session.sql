SELECT fertidoc.move_session($1, $2, $3)
