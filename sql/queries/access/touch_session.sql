SELECT fertidoc.touch_session($1)
