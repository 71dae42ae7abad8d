SELECT forget_uploads(make_interval(secs => $1))
