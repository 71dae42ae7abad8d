SELECT fertidoc.queue_unscanned($1, $2)
