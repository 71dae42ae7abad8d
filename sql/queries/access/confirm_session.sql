SELECT fertidoc.confirm_session($1, $2)
