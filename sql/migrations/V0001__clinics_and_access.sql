-- Who there is: clinics, the tokens that speak for them, and the record of who did what.
--
-- Every row of a clinic carries clinic_id and stands behind forced row level security: a
-- transaction says once which clinic it works for (SET LOCAL fertidoc.clinic), and without that
-- it sees nothing.

CREATE SCHEMA fertidoc;
GRANT USAGE ON SCHEMA fertidoc TO fertidoc_app, fertidoc_worker, fertidoc_refresher, fertidoc_backup;

-- The clinic of this transaction; NULL (so: nothing matches) when none was said.
CREATE FUNCTION fertidoc.current_clinic() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('fertidoc.clinic', true), '')::uuid;

CREATE TABLE fertidoc.clinic (
    clinic_id  uuid PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- An API token: hashed, scoped, never shown twice.
CREATE TABLE fertidoc.api_token (
    token_id     uuid PRIMARY KEY,
    clinic_id    uuid NOT NULL REFERENCES fertidoc.clinic,
    name         text NOT NULL CHECK (name <> ''),
    hash         bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    scopes       text[] NOT NULL CHECK (scopes <@ ARRAY['upload', 'read', 'write', 'ops'] AND scopes <> '{}'),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
CREATE INDEX ON fertidoc.api_token (clinic_id);

-- A token is looked up before its clinic is known: by its hash only, through this function only.
CREATE FUNCTION fertidoc.token_by_hash(wanted bytea)
    RETURNS TABLE (token_id uuid, clinic_id uuid, name text, scopes text[], used_long_ago boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT t.token_id, t.clinic_id, t.name, t.scopes,
           t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '1 minute'
      FROM fertidoc.api_token t
     WHERE t.hash = wanted
       AND t.revoked_at IS NULL
       AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
$$;
REVOKE ALL ON FUNCTION fertidoc.token_by_hash(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.token_by_hash(bytea) TO fertidoc_app;

-- Who did what to which thing. Append only, by grants.
CREATE TABLE fertidoc.audit_event (
    audit_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clinic_id  uuid NOT NULL REFERENCES fertidoc.clinic,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The token that asked; NULL for work that nobody asked for by name.
    actor      uuid REFERENCES fertidoc.api_token,
    action     text NOT NULL CHECK (action ~ '^[a-z_]+(\.[a-z_]+)+$'),
    subject    uuid,
    request_id text,
    -- Never text of the patient: counts, codes, ids.
    detail     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ON fertidoc.audit_event (clinic_id, at);
CREATE INDEX ON fertidoc.audit_event (subject);
CREATE INDEX ON fertidoc.audit_event (actor);

ALTER TABLE fertidoc.clinic ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.clinic FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.clinic USING (clinic_id = fertidoc.current_clinic());
ALTER TABLE fertidoc.api_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.api_token FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.api_token USING (clinic_id = fertidoc.current_clinic());
-- The look-up function above runs as the owner, before any clinic is known.
CREATE POLICY look_up ON fertidoc.api_token FOR SELECT TO fertidoc_owner USING (true);
ALTER TABLE fertidoc.audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.audit_event FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.audit_event USING (clinic_id = fertidoc.current_clinic());

GRANT SELECT ON fertidoc.clinic TO fertidoc_app, fertidoc_worker;
GRANT INSERT ON fertidoc.clinic TO fertidoc_app;
GRANT SELECT, INSERT ON fertidoc.api_token TO fertidoc_app;
GRANT UPDATE (revoked_at, last_used_at) ON fertidoc.api_token TO fertidoc_app;
GRANT SELECT, INSERT ON fertidoc.audit_event TO fertidoc_app;
GRANT INSERT ON fertidoc.audit_event TO fertidoc_worker;

-- Every process looks whether the schema is the one it was built for.
GRANT SELECT ON public.refinery_schema_history TO fertidoc_app, fertidoc_worker, fertidoc_refresher, fertidoc_backup;
