-- People: accounts, what they are in which clinic, second factors, sessions.
--
-- A person is one account, and may have roles in several clinics; the staff of a laboratory have
-- their roles in every clinic of it, those opened later too. An account holds secrets and belongs to
-- no clinic, so the application reads and changes the secrets through the functions below alone,
-- each of which does one thing; names are seen in the clinics where the person works or worked.

CREATE TABLE fertidoc.laboratory (
    laboratory_id uuid PRIMARY KEY,
    name          text NOT NULL CHECK (name <> ''),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE fertidoc.clinic ADD COLUMN laboratory_id uuid REFERENCES fertidoc.laboratory;
CREATE INDEX ON fertidoc.clinic (laboratory_id);

CREATE TABLE fertidoc.user_account (
    user_id           uuid PRIMARY KEY,
    kind              text NOT NULL DEFAULT 'user' CHECK (kind = 'user'),
    -- As folded for comparison: lower case, no spaces.
    user_name         text NOT NULL UNIQUE CHECK (user_name ~ '^[a-z0-9][a-z0-9._@+-]{1,99}$'),
    display_name      text NOT NULL CHECK (display_name <> ''),
    -- A PHC string; NULL until the person has set one.
    password_hash     text,
    -- The secret of the second factor under a key that the database does not hold.
    totp_sealed       bytea,
    totp_confirmed_at timestamptz,
    -- The last time step whose code was taken: no code is taken twice.
    totp_step         bigint,
    -- The name of the person at an identity provider.
    issuer            text,
    subject           text,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at       timestamptz,
    FOREIGN KEY (user_id, kind) REFERENCES fertidoc.agent (agent_id, kind),
    UNIQUE (issuer, subject),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    CHECK ((totp_sealed IS NULL) = (totp_confirmed_at IS NULL))
);

-- A role in one clinic. It is ended, not deleted: who worked here stays known here.
CREATE TABLE fertidoc.membership (
    clinic_id  uuid NOT NULL REFERENCES fertidoc.clinic,
    user_id    uuid NOT NULL REFERENCES fertidoc.user_account,
    role       text NOT NULL CHECK (role IN ('clinician', 'nurse', 'embryologist', 'andrologist', 'lab_manager',
                                              'clinic_admin', 'ops', 'auditor', 'integration')),
    -- Given here, or by a group at the identity provider.
    source     text NOT NULL DEFAULT 'local' CHECK (source IN ('local', 'oidc')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by uuid REFERENCES fertidoc.agent,
    ended_at   timestamptz,
    PRIMARY KEY (clinic_id, user_id, role)
);
CREATE INDEX ON fertidoc.membership (user_id);

-- A role in every clinic of a laboratory.
CREATE TABLE fertidoc.laboratory_membership (
    laboratory_id uuid NOT NULL REFERENCES fertidoc.laboratory,
    user_id       uuid NOT NULL REFERENCES fertidoc.user_account,
    role          text NOT NULL CHECK (role IN ('clinician', 'nurse', 'embryologist', 'andrologist', 'lab_manager',
                                              'clinic_admin', 'ops', 'auditor', 'integration')),
    source        text NOT NULL DEFAULT 'local' CHECK (source IN ('local', 'oidc')),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by    uuid REFERENCES fertidoc.agent,
    ended_at      timestamptz,
    PRIMARY KEY (laboratory_id, user_id, role)
);
CREATE INDEX ON fertidoc.laboratory_membership (user_id);

CREATE TABLE fertidoc.recovery_code (
    user_id uuid NOT NULL REFERENCES fertidoc.user_account,
    hash    bytea NOT NULL CHECK (length(hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
);

-- Lets a person set a password once.
CREATE TABLE fertidoc.one_time_link (
    hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
    user_id    uuid NOT NULL REFERENCES fertidoc.user_account,
    purpose    text NOT NULL CHECK (purpose IN ('password')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX ON fertidoc.one_time_link (user_id);

CREATE TABLE fertidoc.user_session (
    session_id    uuid PRIMARY KEY,
    hash          bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    user_id       uuid NOT NULL REFERENCES fertidoc.user_account,
    -- It works for one clinic at a time.
    clinic_id     uuid NOT NULL REFERENCES fertidoc.clinic,
    -- open: may do what the roles allow. code, enrol: the password was right; a second factor is
    -- still to be shown, or to be set up.
    stage         text NOT NULL CHECK (stage IN ('open', 'code', 'enrol')),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- To the minute.
    last_seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at    timestamptz NOT NULL,
    -- When the password, the second factor or the identity provider last proved who it is.
    confirmed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    second_factor boolean NOT NULL,
    ended_at      timestamptz,
    ended_because text,
    client        inet,
    browser       text,
    CHECK ((ended_at IS NULL) = (ended_because IS NULL))
);
CREATE INDEX ON fertidoc.user_session (user_id);
CREATE INDEX ON fertidoc.user_session (clinic_id);

ALTER TABLE fertidoc.laboratory ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.laboratory FORCE ROW LEVEL SECURITY;
CREATE POLICY own_laboratory ON fertidoc.laboratory FOR SELECT TO fertidoc_app
    USING (laboratory_id = (SELECT c.laboratory_id FROM fertidoc.clinic c WHERE c.clinic_id = fertidoc.current_clinic()));
ALTER TABLE fertidoc.membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.membership FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.membership TO fertidoc_app
    USING (clinic_id = fertidoc.current_clinic());
ALTER TABLE fertidoc.laboratory_membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.laboratory_membership FORCE ROW LEVEL SECURITY;
CREATE POLICY own_laboratory ON fertidoc.laboratory_membership FOR SELECT TO fertidoc_app
    USING (laboratory_id = (SELECT c.laboratory_id FROM fertidoc.clinic c WHERE c.clinic_id = fertidoc.current_clinic()));
ALTER TABLE fertidoc.user_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.user_account FORCE ROW LEVEL SECURITY;
CREATE POLICY works_here ON fertidoc.user_account FOR SELECT TO fertidoc_app
    USING (EXISTS (SELECT FROM fertidoc.membership m
                    WHERE m.user_id = user_account.user_id AND m.clinic_id = fertidoc.current_clinic())
        OR EXISTS (SELECT FROM fertidoc.laboratory_membership m
                     JOIN fertidoc.clinic c USING (laboratory_id)
                    WHERE m.user_id = user_account.user_id AND c.clinic_id = fertidoc.current_clinic()));
ALTER TABLE fertidoc.recovery_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.recovery_code FORCE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.one_time_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.one_time_link FORCE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.user_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.user_session FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.user_session FOR SELECT TO fertidoc_app
    USING (clinic_id = fertidoc.current_clinic());

-- No secret is among what the application may read.
GRANT SELECT ON fertidoc.laboratory, fertidoc.laboratory_membership TO fertidoc_app;
GRANT SELECT, INSERT ON fertidoc.membership TO fertidoc_app;
GRANT UPDATE (source, created_at, created_by, ended_at) ON fertidoc.membership TO fertidoc_app;
GRANT SELECT (user_id, user_name, display_name, totp_confirmed_at, issuer, created_at, disabled_at)
    ON fertidoc.user_account TO fertidoc_app;
GRANT SELECT (session_id, user_id, clinic_id, stage, created_at, last_seen_at, expires_at, second_factor,
              ended_at, ended_because, client, browser) ON fertidoc.user_session TO fertidoc_app;

-- The functions below run as the owner; the role of backups reads everything.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['laboratory', 'user_account', 'membership', 'laboratory_membership', 'recovery_code',
                                'one_time_link', 'user_session'] LOOP
        EXECUTE format('CREATE POLICY functions ON fertidoc.%I TO fertidoc_owner USING (true)', name);
        EXECUTE format('CREATE POLICY backup ON fertidoc.%I FOR SELECT TO fertidoc_backup USING (true)', name);
        EXECUTE format('GRANT SELECT ON fertidoc.%I TO fertidoc_backup', name);
    END LOOP;
END
$$;
CREATE POLICY join_laboratory ON fertidoc.clinic FOR UPDATE TO fertidoc_owner USING (true);

-- What a person is in a clinic, wherever the role comes from.
CREATE VIEW fertidoc.held_role WITH (security_invoker = true) AS
SELECT m.clinic_id, m.user_id, m.role, 'clinic' AS reach, m.source
  FROM fertidoc.membership m
 WHERE m.ended_at IS NULL
 UNION ALL
SELECT c.clinic_id, m.user_id, m.role, 'laboratory', m.source
  FROM fertidoc.laboratory_membership m
  JOIN fertidoc.clinic c USING (laboratory_id)
 WHERE m.ended_at IS NULL;
GRANT SELECT ON fertidoc.held_role TO fertidoc_app;

-- Accounts -------------------------------------------------------------------------------------

CREATE FUNCTION fertidoc.create_account(new_id uuid, new_name text, shown text, new_issuer text, new_subject text)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    INSERT INTO fertidoc.agent (agent_id, kind) VALUES (new_id, 'user');
    INSERT INTO fertidoc.user_account (user_id, user_name, display_name, issuer, subject)
    VALUES (new_id, new_name, shown, new_issuer, new_subject);
$$;

CREATE FUNCTION fertidoc.account_by_name(wanted text)
    RETURNS TABLE (user_id uuid, user_name text, display_name text, password_hash text, totp_sealed bytea,
                   disabled boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT u.user_id, u.user_name, u.display_name, u.password_hash, u.totp_sealed, u.disabled_at IS NOT NULL
      FROM fertidoc.user_account u
     WHERE u.user_name = wanted
$$;

CREATE FUNCTION fertidoc.account_by_id(wanted uuid)
    RETURNS TABLE (user_id uuid, user_name text, display_name text, password_hash text, totp_sealed bytea,
                   disabled boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT u.user_id, u.user_name, u.display_name, u.password_hash, u.totp_sealed, u.disabled_at IS NOT NULL
      FROM fertidoc.user_account u
     WHERE u.user_id = wanted
$$;

CREATE FUNCTION fertidoc.account_by_subject(wanted_issuer text, wanted_subject text)
    RETURNS TABLE (user_id uuid, user_name text, display_name text, disabled boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT u.user_id, u.user_name, u.display_name, u.disabled_at IS NOT NULL
      FROM fertidoc.user_account u
     WHERE u.issuer = wanted_issuer AND u.subject = wanted_subject
$$;

-- Where a person may work, and as what; the clinic of the last session first.
CREATE FUNCTION fertidoc.clinics_of(wanted uuid)
    RETURNS TABLE (clinic_id uuid, name text, roles text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT c.clinic_id, c.name, array_agg(DISTINCT h.role ORDER BY h.role)
      FROM fertidoc.held_role h
      JOIN fertidoc.clinic c USING (clinic_id)
     WHERE h.user_id = wanted
     GROUP BY c.clinic_id, c.name
     ORDER BY (SELECT max(s.last_seen_at) FROM fertidoc.user_session s
                WHERE s.user_id = wanted AND s.clinic_id = c.clinic_id) DESC NULLS LAST, c.name, c.clinic_id
$$;

-- Whether this transaction's clinic is the only one of the person: then its administrator may decide
-- about the account itself, and otherwise only whoever runs the server may.
CREATE FUNCTION fertidoc.works_here_alone(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT EXISTS (SELECT FROM fertidoc.membership m
                    WHERE m.user_id = wanted AND m.clinic_id = fertidoc.current_clinic())
       AND NOT EXISTS (SELECT FROM fertidoc.membership m
                        WHERE m.user_id = wanted AND m.clinic_id <> fertidoc.current_clinic() AND m.ended_at IS NULL)
       AND NOT EXISTS (SELECT FROM fertidoc.laboratory_membership m WHERE m.user_id = wanted AND m.ended_at IS NULL)
$$;

CREATE FUNCTION fertidoc.set_password(wanted uuid, hash text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$ UPDATE fertidoc.user_account SET password_hash = hash WHERE user_id = wanted $$;

-- The first moment stays where the account was disabled before.
CREATE FUNCTION fertidoc.disable_account(wanted uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$ UPDATE fertidoc.user_account SET disabled_at = COALESCE(disabled_at, clock_timestamp()) WHERE user_id = wanted $$;

CREATE FUNCTION fertidoc.enable_account(wanted uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$ UPDATE fertidoc.user_account SET disabled_at = NULL WHERE user_id = wanted $$;

-- Second factor --------------------------------------------------------------------------------

-- `step` is that of the code that proved it, and is used up by it.
CREATE FUNCTION fertidoc.set_second_factor(wanted uuid, sealed bytea, step bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    UPDATE fertidoc.user_account
       SET totp_sealed = sealed, totp_confirmed_at = clock_timestamp(), totp_step = step
     WHERE user_id = wanted
$$;

CREATE FUNCTION fertidoc.clear_second_factor(wanted uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    UPDATE fertidoc.user_account SET totp_sealed = NULL, totp_confirmed_at = NULL, totp_step = NULL WHERE user_id = wanted;
    DELETE FROM fertidoc.recovery_code WHERE user_id = wanted;
$$;

-- Whether the code of this step is new: it and all before it are used up.
CREATE FUNCTION fertidoc.use_totp_step(wanted uuid, step bigint) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH used AS (
        UPDATE fertidoc.user_account SET totp_step = step
         WHERE user_id = wanted AND totp_sealed IS NOT NULL AND (totp_step IS NULL OR totp_step < step)
        RETURNING 1)
    SELECT EXISTS (SELECT FROM used)
$$;

CREATE FUNCTION fertidoc.replace_recovery_codes(wanted uuid, hashes bytea[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    DELETE FROM fertidoc.recovery_code WHERE user_id = wanted;
    INSERT INTO fertidoc.recovery_code (user_id, hash) SELECT wanted, unnest(hashes);
$$;

CREATE FUNCTION fertidoc.use_recovery_code(wanted uuid, code bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH used AS (
        UPDATE fertidoc.recovery_code SET used_at = clock_timestamp()
         WHERE user_id = wanted AND hash = code AND used_at IS NULL
        RETURNING 1)
    SELECT EXISTS (SELECT FROM used)
$$;

CREATE FUNCTION fertidoc.recovery_codes_left(wanted uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$ SELECT count(*) FROM fertidoc.recovery_code WHERE user_id = wanted AND used_at IS NULL $$;

-- One-time links -------------------------------------------------------------------------------

-- A new link ends those before it.
CREATE FUNCTION fertidoc.make_link(new_hash bytea, wanted uuid, lasts_ms bigint) RETURNS timestamptz
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    UPDATE fertidoc.one_time_link SET expires_at = clock_timestamp()
     WHERE user_id = wanted AND used_at IS NULL AND expires_at > clock_timestamp();
    INSERT INTO fertidoc.one_time_link (hash, user_id, purpose, expires_at)
    VALUES (new_hash, wanted, 'password', clock_timestamp() + lasts_ms * interval '1 millisecond')
    RETURNING expires_at;
$$;

-- Whose link this is, while it is good.
CREATE FUNCTION fertidoc.link_by_hash(wanted bytea)
    RETURNS TABLE (user_id uuid, user_name text, display_name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT u.user_id, u.user_name, u.display_name
      FROM fertidoc.one_time_link l
      JOIN fertidoc.user_account u USING (user_id)
     WHERE l.hash = wanted AND l.used_at IS NULL AND l.expires_at > clock_timestamp() AND u.disabled_at IS NULL
$$;

CREATE FUNCTION fertidoc.use_link(wanted bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH used AS (
        UPDATE fertidoc.one_time_link SET used_at = clock_timestamp()
         WHERE hash = wanted AND used_at IS NULL AND expires_at > clock_timestamp()
        RETURNING 1)
    SELECT EXISTS (SELECT FROM used)
$$;

-- Sessions -------------------------------------------------------------------------------------

-- What ended long ago goes on this occasion.
CREATE FUNCTION fertidoc.open_session(new_id uuid, new_hash bytea, whose uuid, works_for uuid, new_stage text,
                                      with_second_factor boolean, lasts_ms bigint, came_from inet, with_browser text)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    DELETE FROM fertidoc.user_session WHERE user_id = whose AND expires_at < clock_timestamp() - interval '30 days';
    INSERT INTO fertidoc.user_session (session_id, hash, user_id, clinic_id, stage, expires_at, second_factor, client, browser)
    VALUES (new_id, new_hash, whose, works_for, new_stage, clock_timestamp() + lasts_ms * interval '1 millisecond',
            with_second_factor, came_from, with_browser);
$$;

-- The session behind a hash, with how it stands by the clock of the database and what its person is
-- in its clinic at this moment.
CREATE FUNCTION fertidoc.session_by_hash(wanted bytea, idle_ms bigint)
    RETURNS TABLE (session_id uuid, user_id uuid, clinic_id uuid, stage text, standing text, roles text[],
                   sex_chromosomes text, confirmed_ms_ago bigint, second_factor boolean, seen_long_ago boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT s.session_id, s.user_id, s.clinic_id, s.stage,
           CASE WHEN u.disabled_at IS NOT NULL THEN 'disabled'
                WHEN s.ended_at IS NOT NULL THEN s.ended_because
                WHEN s.expires_at <= clock_timestamp() THEN 'absolute'
                WHEN s.last_seen_at + idle_ms * interval '1 millisecond' <= clock_timestamp() THEN 'idle'
                WHEN held.roles IS NULL THEN 'no_role'
                ELSE 'good' END,
           held.roles, c.sex_chromosomes,
           (extract(epoch FROM clock_timestamp() - s.confirmed_at) * 1000)::bigint,
           s.second_factor,
           s.last_seen_at < clock_timestamp() - LEAST(interval '1 minute', idle_ms * interval '1 millisecond' / 4)
      FROM fertidoc.user_session s
      JOIN fertidoc.user_account u USING (user_id)
      JOIN fertidoc.clinic c USING (clinic_id)
      CROSS JOIN LATERAL (
           SELECT array_agg(DISTINCT h.role) AS roles
             FROM fertidoc.held_role h
            WHERE h.user_id = s.user_id AND h.clinic_id = s.clinic_id) held
     WHERE s.hash = wanted
$$;

CREATE FUNCTION fertidoc.touch_session(wanted uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$ UPDATE fertidoc.user_session SET last_seen_at = clock_timestamp() WHERE session_id = wanted AND ended_at IS NULL $$;

-- The person proved once more who it is; the secret is another one from now on.
CREATE FUNCTION fertidoc.confirm_session(wanted uuid, new_hash bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH changed AS (
        UPDATE fertidoc.user_session
           SET hash = new_hash, confirmed_at = clock_timestamp(), last_seen_at = clock_timestamp()
         WHERE session_id = wanted AND ended_at IS NULL
        RETURNING 1)
    SELECT EXISTS (SELECT FROM changed)
$$;

-- The session works for another clinic of the person; the secret is another one from now on.
CREATE FUNCTION fertidoc.move_session(wanted uuid, new_hash bytea, works_for uuid) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH changed AS (
        UPDATE fertidoc.user_session s
           SET hash = new_hash, clinic_id = works_for, last_seen_at = clock_timestamp()
         WHERE s.session_id = wanted AND s.ended_at IS NULL AND s.stage = 'open'
           AND EXISTS (SELECT FROM fertidoc.held_role h WHERE h.user_id = s.user_id AND h.clinic_id = works_for)
        RETURNING 1)
    SELECT EXISTS (SELECT FROM changed)
$$;

-- Sessions that are good, newest first.
CREATE FUNCTION fertidoc.sessions_of(whose uuid, idle_ms bigint)
    RETURNS TABLE (session_id uuid, clinic_id uuid, clinic text, created_at timestamptz, last_seen_at timestamptz,
                   second_factor boolean, client inet, browser text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT s.session_id, s.clinic_id, c.name, s.created_at, s.last_seen_at, s.second_factor, s.client, s.browser
      FROM fertidoc.user_session s
      JOIN fertidoc.clinic c USING (clinic_id)
     WHERE s.user_id = whose AND s.ended_at IS NULL AND s.stage = 'open' AND s.expires_at > clock_timestamp()
       AND s.last_seen_at + idle_ms * interval '1 millisecond' > clock_timestamp()
     ORDER BY s.session_id DESC
$$;

-- Ends one session of a person; false where there is none to end.
CREATE FUNCTION fertidoc.end_session(whose uuid, wanted uuid, because text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH ended AS (
        UPDATE fertidoc.user_session SET ended_at = clock_timestamp(), ended_because = because
         WHERE session_id = wanted AND user_id = whose AND ended_at IS NULL
        RETURNING 1)
    SELECT EXISTS (SELECT FROM ended)
$$;

-- Ends the sessions of a person, those of one clinic where one is named, but the one that is to stay.
CREATE FUNCTION fertidoc.end_sessions_of(whose uuid, because text, only_of uuid, but uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH ended AS (
        UPDATE fertidoc.user_session SET ended_at = clock_timestamp(), ended_because = because
         WHERE user_id = whose AND ended_at IS NULL
           AND (only_of IS NULL OR clinic_id = only_of) AND session_id IS DISTINCT FROM but
        RETURNING 1)
    SELECT count(*) FROM ended
$$;

-- Laboratories and the list of clinics, for whoever runs the server ------------------------------

CREATE FUNCTION fertidoc.all_clinics()
    RETURNS TABLE (clinic_id uuid, name text, laboratory_id uuid, laboratory text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT c.clinic_id, c.name, l.laboratory_id, l.name
      FROM fertidoc.clinic c LEFT JOIN fertidoc.laboratory l USING (laboratory_id)
     ORDER BY c.clinic_id
$$;

CREATE FUNCTION fertidoc.create_laboratory(new_id uuid, new_name text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$ INSERT INTO fertidoc.laboratory (laboratory_id, name) VALUES (new_id, new_name) $$;

CREATE FUNCTION fertidoc.join_laboratory(which uuid, laboratory uuid) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH joined AS (UPDATE fertidoc.clinic SET laboratory_id = laboratory WHERE clinic_id = which RETURNING 1)
    SELECT EXISTS (SELECT FROM joined)
$$;

CREATE FUNCTION fertidoc.grant_in_laboratory(laboratory uuid, whose uuid, what text, from_where text, giver uuid)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    INSERT INTO fertidoc.laboratory_membership (laboratory_id, user_id, role, source, created_by)
    VALUES (laboratory, whose, what, from_where, giver)
    ON CONFLICT (laboratory_id, user_id, role) DO UPDATE
       SET source = EXCLUDED.source, created_at = clock_timestamp(), created_by = EXCLUDED.created_by, ended_at = NULL
     WHERE laboratory_membership.ended_at IS NOT NULL
$$;

CREATE FUNCTION fertidoc.revoke_in_laboratory(laboratory uuid, whose uuid, what text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH ended AS (
        UPDATE fertidoc.laboratory_membership SET ended_at = clock_timestamp()
         WHERE laboratory_id = laboratory AND user_id = whose AND role = what AND ended_at IS NULL
        RETURNING 1)
    SELECT EXISTS (SELECT FROM ended)
$$;

DO $$
DECLARE
    made regprocedure;
BEGIN
    FOR made IN SELECT p.oid FROM pg_proc p
                 WHERE p.pronamespace = 'fertidoc'::regnamespace AND p.prosecdef AND p.proname IN (
                       'create_account', 'account_by_name', 'account_by_id', 'account_by_subject',
                       'clinics_of', 'works_here_alone', 'set_password', 'disable_account', 'enable_account',
                       'set_second_factor', 'clear_second_factor', 'use_totp_step', 'replace_recovery_codes',
                       'use_recovery_code', 'recovery_codes_left', 'make_link', 'link_by_hash', 'use_link',
                       'open_session', 'session_by_hash', 'touch_session', 'confirm_session', 'move_session',
                       'sessions_of', 'end_session', 'end_sessions_of', 'all_clinics', 'create_laboratory',
                       'join_laboratory', 'grant_in_laboratory', 'revoke_in_laboratory') LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO fertidoc_app', made);
    END LOOP;
END
$$;
