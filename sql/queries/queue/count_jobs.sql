SELECT kind, state, jobs, oldest_seconds FROM fertidoc.count_jobs()
