-- Whether this session is the one that refreshes. The lock is the session's and goes with it; asking
-- again does not take it twice.
SELECT CASE
           WHEN EXISTS (SELECT FROM pg_locks held
                         WHERE held.locktype = 'advisory' AND held.granted AND held.pid = pg_backend_pid()
                           AND held.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                           AND held.objsubid = 1
                           AND (held.classid::bigint << 32 | held.objid::bigint) = $1) THEN true
           ELSE pg_try_advisory_lock($1)
       END AS leads
