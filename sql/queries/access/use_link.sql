SELECT fertidoc.use_link($1)
