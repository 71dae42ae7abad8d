SELECT fertidoc.works_here_alone($1)
