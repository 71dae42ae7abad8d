-- Whoever ends a session records it in the clinic that the session worked for, so ending one tells
-- which it was; and sessions whose time is over are ended, so that the record tells of these too.

-- Of a person those of one clinic, or that one alone, where one is named, but the one that is to stay.
CREATE FUNCTION fertidoc.end_sessions(whose uuid, why text, only_of uuid, one uuid, but uuid)
    RETURNS TABLE (session_id uuid, user_id uuid, clinic_id uuid, stage text, because text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    UPDATE fertidoc.user_session s SET ended_at = clock_timestamp(), ended_because = why
     WHERE s.user_id = whose AND s.ended_at IS NULL
       AND (only_of IS NULL OR s.clinic_id = only_of)
       AND (one IS NULL OR s.session_id = one)
       AND s.session_id IS DISTINCT FROM but
    RETURNING s.session_id, s.user_id, s.clinic_id, s.stage, s.ended_because
$$;

-- As session_by_hash tells them apart. Another instance that ends the same ones is passed by.
CREATE FUNCTION fertidoc.end_overdue_sessions(idle_ms bigint)
    RETURNS TABLE (session_id uuid, user_id uuid, clinic_id uuid, stage text, because text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH overdue AS (
        SELECT o.session_id,
               CASE WHEN o.expires_at <= clock_timestamp() THEN 'absolute' ELSE 'idle' END AS why
          FROM fertidoc.user_session o
         WHERE o.ended_at IS NULL
           AND (o.expires_at <= clock_timestamp()
                OR o.last_seen_at + idle_ms * interval '1 millisecond' <= clock_timestamp())
           FOR UPDATE SKIP LOCKED)
    UPDATE fertidoc.user_session s SET ended_at = clock_timestamp(), ended_because = overdue.why
      FROM overdue
     WHERE s.session_id = overdue.session_id
    RETURNING s.session_id, s.user_id, s.clinic_id, s.stage, s.ended_because
$$;
CREATE INDEX user_session_open ON fertidoc.user_session (last_seen_at) WHERE ended_at IS NULL;

-- end_session and end_sessions_of stay for the release before this one, which may still run beside it.
REVOKE ALL ON FUNCTION fertidoc.end_sessions(uuid, text, uuid, uuid, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION fertidoc.end_overdue_sessions(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.end_sessions(uuid, text, uuid, uuid, uuid) TO fertidoc_app;
GRANT EXECUTE ON FUNCTION fertidoc.end_overdue_sessions(bigint) TO fertidoc_app;
