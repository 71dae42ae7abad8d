-- All transactions with a number below `oldest` are over in this snapshot; where $1 says so, this
-- one takes a number itself, above every one that was given before.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
       CASE WHEN $1 THEN pg_current_xact_id()::text::bigint END AS own
