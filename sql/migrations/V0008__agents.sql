-- An agent is whoever acts and is named in the record: a person with an account, or the holder of an
-- API token. What a document, a value or an audit row names as its author is an agent.

CREATE TABLE fertidoc.agent (
    agent_id uuid PRIMARY KEY,
    kind     text NOT NULL CHECK (kind IN ('user', 'token')),
    UNIQUE (agent_id, kind)
);
INSERT INTO fertidoc.agent (agent_id, kind) SELECT t.token_id, 'token' FROM fertidoc.api_token t;

ALTER TABLE fertidoc.api_token
    ADD COLUMN kind text NOT NULL DEFAULT 'token' CHECK (kind = 'token'),
    ADD FOREIGN KEY (token_id, kind) REFERENCES fertidoc.agent (agent_id, kind),
    DROP CONSTRAINT api_token_scopes_check,
    ADD CONSTRAINT api_token_scopes_check CHECK (
        scopes <@ ARRAY['upload', 'read', 'write', 'ops', 'audit', 'admin', 'donors', 'genetics'] AND scopes <> '{}');

ALTER TABLE fertidoc.document
    DROP CONSTRAINT document_uploaded_by_fkey,
    DROP CONSTRAINT document_filed_by_fkey,
    ADD FOREIGN KEY (uploaded_by) REFERENCES fertidoc.agent,
    ADD FOREIGN KEY (filed_by) REFERENCES fertidoc.agent;
CREATE INDEX ON fertidoc.document (uploaded_by);
ALTER TABLE fertidoc.observation
    DROP CONSTRAINT observation_entered_by_fkey,
    ADD FOREIGN KEY (entered_by) REFERENCES fertidoc.agent;
ALTER TABLE fertidoc.idempotency_key DROP CONSTRAINT idempotency_key_token_id_fkey;
ALTER TABLE fertidoc.idempotency_key RENAME COLUMN token_id TO agent_id;
ALTER TABLE fertidoc.idempotency_key ADD FOREIGN KEY (agent_id) REFERENCES fertidoc.agent;
ALTER TABLE fertidoc.audit_event DROP CONSTRAINT audit_event_actor_fkey;
ALTER TABLE fertidoc.audit_event RENAME COLUMN actor TO agent_id;
ALTER TABLE fertidoc.audit_event ADD FOREIGN KEY (agent_id) REFERENCES fertidoc.agent;

-- Whose record was touched: the patient of the document, where the subject is not the patient.
ALTER TABLE fertidoc.audit_event
    ADD COLUMN patient_id uuid,
    ADD COLUMN outcome text NOT NULL DEFAULT 'success' CHECK (outcome IN ('success', 'refused', 'failed')),
    -- The session of the person, and the address that the request came from.
    ADD COLUMN session_id uuid,
    ADD COLUMN client inet;
CREATE INDEX ON fertidoc.audit_event (clinic_id, patient_id, at);

-- What the law or the house forbids to show: see access::Sight.
ALTER TABLE fertidoc.clinic
    ADD COLUMN sex_chromosomes text NOT NULL DEFAULT 'shown' CHECK (sex_chromosomes IN ('shown', 'masked'));

DROP FUNCTION fertidoc.token_by_hash(bytea);
CREATE FUNCTION fertidoc.token_by_hash(wanted bytea)
    RETURNS TABLE (token_id uuid, clinic_id uuid, name text, scopes text[], used_long_ago boolean,
                   sex_chromosomes text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT t.token_id, t.clinic_id, t.name, t.scopes,
           t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '1 minute',
           c.sex_chromosomes
      FROM fertidoc.api_token t
      JOIN fertidoc.clinic c USING (clinic_id)
     WHERE t.hash = wanted
       AND t.revoked_at IS NULL
       AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
$$;
REVOKE ALL ON FUNCTION fertidoc.token_by_hash(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.token_by_hash(bytea) TO fertidoc_app;
CREATE POLICY look_up ON fertidoc.clinic FOR SELECT TO fertidoc_owner USING (true);

-- An agent says only that somebody acts and as what; it holds no row of any clinic.
GRANT SELECT, INSERT ON fertidoc.agent TO fertidoc_app;
GRANT SELECT ON fertidoc.agent TO fertidoc_worker, fertidoc_backup;
