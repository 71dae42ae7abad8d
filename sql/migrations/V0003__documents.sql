-- What we hold: the stored object, the document, its pages, what was read, and each value with
-- its place.

-- An object of the store. The row is committed before the first byte is sent, so that whatever is
-- left behind by an interruption is found from here and never from the store's own list.
CREATE TABLE fertidoc.stored_object (
    object_id     uuid PRIMARY KEY,
    clinic_id     uuid NOT NULL REFERENCES fertidoc.clinic,
    -- A condemned object is about to be removed and can no longer become a document.
    state         text NOT NULL DEFAULT 'uploading' CHECK (state IN ('uploading', 'complete', 'condemned')),
    -- The store's own id of the multipart upload, to abort it by.
    multipart_id  text,
    -- SHA-256 and length of the plain bytes as they were received.
    sha256        bytea CHECK (length(sha256) = 32),
    size_bytes    bigint CHECK (size_bytes > 0),
    -- Plain bytes of every frame but the last.
    frame_bytes   int NOT NULL DEFAULT 1048576,
    -- Stored length of each frame; negative where the frame is kept as it came (not compressed).
    frames        int[] NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (state <> 'complete' OR (sha256 IS NOT NULL AND size_bytes IS NOT NULL AND frames <> '{}')),
    UNIQUE (clinic_id, object_id)
);
CREATE INDEX ON fertidoc.stored_object (clinic_id, created_at);
CREATE INDEX stored_object_unfinished ON fertidoc.stored_object (object_id) WHERE state <> 'complete';

-- A document. `state` is how far its reading has come, `filing` whose it is.
CREATE TABLE fertidoc.document (
    document_id       uuid PRIMARY KEY,
    clinic_id         uuid NOT NULL REFERENCES fertidoc.clinic,
    object_id         uuid NOT NULL UNIQUE,
    sha256            bytea NOT NULL CHECK (length(sha256) = 32),
    size_bytes        bigint NOT NULL CHECK (size_bytes > 0),
    file_name         text NOT NULL,
    media_type        text NOT NULL,
    uploaded_by       uuid NOT NULL REFERENCES fertidoc.api_token,
    -- The patient that the sender named, if any; kept even where the document was filed elsewhere.
    stated_patient_id uuid,
    -- Whose it is. Only a document that is 'filed' reaches a summary.
    patient_id        uuid,
    filing            text NOT NULL DEFAULT 'unread' CHECK (filing IN ('unread', 'filed', 'held')),
    -- Why it is held: codes, see `documents::HoldReason`.
    held_because      text[] NOT NULL DEFAULT '{}',
    -- 'system' rule or the token of the person who decided.
    filed_by          uuid REFERENCES fertidoc.api_token,
    filed_at          timestamptz,
    state             text NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'reading', 'read', 'refused', 'failed')),
    page              int,
    pages             int,
    kind              text,
    collected_on      date,
    reported_on       date,
    -- The code of the refusal or failure, as in the analysis format.
    error_code        text,
    analysis_id       uuid,
    -- Raised with every change; numbers the events that are sent to whoever watches.
    revision          bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (clinic_id, document_id),
    FOREIGN KEY (clinic_id, object_id) REFERENCES fertidoc.stored_object (clinic_id, object_id),
    FOREIGN KEY (clinic_id, stated_patient_id) REFERENCES fertidoc.patient (clinic_id, patient_id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES fertidoc.patient (clinic_id, patient_id),
    CHECK (filing <> 'filed' OR patient_id IS NOT NULL),
    CHECK ((filing = 'held') = (held_because <> '{}'))
);
-- The same bytes for the same patient are one document.
CREATE UNIQUE INDEX document_once ON fertidoc.document
    (clinic_id, sha256, (COALESCE(stated_patient_id, '00000000-0000-0000-0000-000000000000')));
CREATE INDEX ON fertidoc.document (clinic_id, created_at, document_id);
CREATE INDEX ON fertidoc.document (clinic_id, patient_id, document_id);
CREATE INDEX ON fertidoc.document (clinic_id, stated_patient_id);
CREATE INDEX document_waits ON fertidoc.document (clinic_id, created_at) WHERE filing = 'held' OR state IN ('refused', 'failed');

-- Whoever watches a document is told with the commit; the revision numbers what they are told.
CREATE FUNCTION fertidoc.raise_document_revision() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, fertidoc
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := clock_timestamp();
    END IF;
    PERFORM pg_notify('fertidoc_document', NEW.clinic_id || ':' || NEW.document_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER document_revision BEFORE INSERT OR UPDATE ON fertidoc.document
    FOR EACH ROW EXECUTE FUNCTION fertidoc.raise_document_revision();

-- One reading of a document by one version of extractor and lexicon. Append only.
CREATE TABLE fertidoc.analysis (
    analysis_id uuid PRIMARY KEY,
    clinic_id   uuid NOT NULL,
    document_id uuid NOT NULL,
    extractor   text NOT NULL CHECK (extractor <> ''),
    lexicon     text NOT NULL CHECK (lexicon <> ''),
    -- The analysis format, whole.
    result      jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (clinic_id, analysis_id),
    UNIQUE (document_id, extractor, lexicon),
    UNIQUE (clinic_id, document_id, analysis_id, extractor, lexicon),
    FOREIGN KEY (clinic_id, document_id) REFERENCES fertidoc.document (clinic_id, document_id)
);
ALTER TABLE fertidoc.document
    ADD FOREIGN KEY (clinic_id, analysis_id) REFERENCES fertidoc.analysis (clinic_id, analysis_id);

-- The text of each page as it was read.
CREATE TABLE fertidoc.document_page (
    clinic_id   uuid NOT NULL,
    analysis_id uuid NOT NULL,
    page        int NOT NULL CHECK (page >= 1),
    width       double precision NOT NULL CHECK (width > 0),
    height      double precision NOT NULL CHECK (height > 0),
    text        text NOT NULL,
    PRIMARY KEY (analysis_id, page),
    FOREIGN KEY (clinic_id, analysis_id) REFERENCES fertidoc.analysis (clinic_id, analysis_id)
);
CREATE INDEX ON fertidoc.document_page (clinic_id, analysis_id);

-- A value that a document states, or that a person entered with a reason.
CREATE TABLE fertidoc.observation (
    observation_id  uuid PRIMARY KEY,
    clinic_id       uuid NOT NULL,
    document_id     uuid NOT NULL,
    analysis_id     uuid NOT NULL,
    extractor       text NOT NULL,
    lexicon         text NOT NULL,
    ordinal         int NOT NULL,
    analyte         text NOT NULL,
    value           double precision,
    value_text      text NOT NULL,
    unit            text,
    comparator      text CHECK (comparator IN ('<', '<=', '>', '>=')),
    text            text,
    canonical_value double precision,
    canonical_unit  text,
    alternate       jsonb,
    ref_low         double precision,
    ref_high        double precision,
    flag            text CHECK (flag IN ('low', 'high', 'normal', 'abnormal')),
    flag_source     text CHECK (flag_source IN ('report', 'built_in')),
    limit_id        text,
    site            text CHECK (site IN ('left', 'right')),
    specimen        text,
    day             int,
    scheme          text,
    method          text,
    preparation     text CHECK (preparation IN ('native', 'post_preparation')),
    -- The day that the value speaks of: its own, else the document's.
    observed_on     date,
    -- Exactly one place of three kinds.
    page            int,
    box             double precision[] CHECK (array_length(box, 1) = 4),
    path            text,
    entered_by      uuid REFERENCES fertidoc.api_token,
    entered_because text CHECK (entered_because <> ''),
    source_text     text NOT NULL,
    confidence      double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    needs_review    boolean NOT NULL,
    warnings        text[] NOT NULL DEFAULT '{}',
    -- What people decided; later stages of review widen this.
    state           text NOT NULL DEFAULT 'read' CHECK (state IN ('read', 'confirmed', 'corrected', 'rejected', 'superseded')),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (analysis_id, ordinal),
    FOREIGN KEY (clinic_id, document_id, analysis_id, extractor, lexicon)
        REFERENCES fertidoc.analysis (clinic_id, document_id, analysis_id, extractor, lexicon),
    FOREIGN KEY (analysis_id, page) REFERENCES fertidoc.document_page (analysis_id, page),
    CHECK (num_nonnulls(value, text) >= 1),
    CONSTRAINT exactly_one_place CHECK (
        (page IS NOT NULL AND box IS NOT NULL)::int
        + (path IS NOT NULL)::int
        + (entered_by IS NOT NULL AND entered_because IS NOT NULL)::int = 1
        AND (page IS NULL) = (box IS NULL)
        AND (entered_by IS NULL) = (entered_because IS NULL)
    ),
    CONSTRAINT printed_text CHECK (entered_by IS NOT NULL OR source_text <> '')
);
CREATE INDEX ON fertidoc.observation (clinic_id, document_id, analyte);
CREATE INDEX ON fertidoc.observation (clinic_id, analysis_id);

-- An answer that is given again when the same request comes again.
CREATE TABLE fertidoc.idempotency_key (
    clinic_id   uuid NOT NULL REFERENCES fertidoc.clinic,
    token_id    uuid NOT NULL REFERENCES fertidoc.api_token,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- Who works on the first such request, and until when that is believed without a word.
    holder      uuid NOT NULL,
    lease_until timestamptz NOT NULL,
    -- SHA-256 over what makes the request the same, and its answer; NULL while it still runs.
    fingerprint bytea CHECK (length(fingerprint) = 32),
    response    jsonb,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (clinic_id, token_id, key),
    CHECK ((fingerprint IS NULL) = (response IS NULL))
);
CREATE INDEX ON fertidoc.idempotency_key (created_at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['stored_object', 'document', 'analysis', 'document_page', 'observation', 'idempotency_key'] LOOP
        EXECUTE format('ALTER TABLE fertidoc.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE fertidoc.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_clinic ON fertidoc.%I USING (clinic_id = fertidoc.current_clinic())', name);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON fertidoc.stored_object TO fertidoc_app, fertidoc_worker;
GRANT SELECT, INSERT, UPDATE ON fertidoc.document TO fertidoc_app;
GRANT SELECT, UPDATE ON fertidoc.document TO fertidoc_worker;
GRANT SELECT ON fertidoc.analysis, fertidoc.document_page TO fertidoc_app;
GRANT SELECT, INSERT ON fertidoc.analysis, fertidoc.document_page TO fertidoc_worker;
GRANT SELECT, INSERT ON fertidoc.observation TO fertidoc_app, fertidoc_worker;
GRANT UPDATE (state) ON fertidoc.observation TO fertidoc_app, fertidoc_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON fertidoc.idempotency_key TO fertidoc_app;

-- Sweeping reaches over clinics, through two functions that run as the owner only.
CREATE POLICY sweep ON fertidoc.stored_object TO fertidoc_owner USING (true);
CREATE POLICY sweep ON fertidoc.idempotency_key TO fertidoc_owner USING (true);
CREATE POLICY sweep ON fertidoc.document FOR SELECT TO fertidoc_owner USING (true);

-- Condemns objects that are older than `age` and no document holds, and returns them, those that
-- were condemned before among them; in the order of their ids, from behind `after`.
CREATE FUNCTION fertidoc.condemn_leftovers(age interval, after uuid, at_most int)
    RETURNS TABLE (clinic_id uuid, object_id uuid, multipart_id text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    -- In two steps on purpose: a row that a commit completes while we wait for it is looked at
    -- again in its new version, but its document is not in our snapshot.
    WITH unfinished AS (
        SELECT o.object_id
          FROM fertidoc.stored_object o
         WHERE o.state <> 'complete'
           AND o.object_id > after
           AND o.created_at <= clock_timestamp() - age
         ORDER BY o.object_id
         LIMIT at_most
           FOR UPDATE SKIP LOCKED
    ), orphaned AS (
        SELECT o.object_id
          FROM fertidoc.stored_object o
         WHERE o.state = 'complete'
           AND o.object_id > after
           AND o.created_at <= clock_timestamp() - age
           AND NOT EXISTS (SELECT FROM fertidoc.document d WHERE d.object_id = o.object_id)
         ORDER BY o.object_id
         LIMIT at_most
           FOR UPDATE SKIP LOCKED
    ), leftover AS (
        SELECT object_id FROM unfinished
        UNION ALL
        SELECT object_id FROM orphaned
         ORDER BY object_id
         LIMIT at_most
    ), condemned AS (
        UPDATE fertidoc.stored_object o
           SET state = 'condemned'
          FROM leftover
         WHERE o.object_id = leftover.object_id
        RETURNING o.clinic_id, o.object_id, o.multipart_id
    )
    SELECT * FROM condemned ORDER BY object_id
$$;

CREATE FUNCTION fertidoc.forget_idempotency_keys(age interval) RETURNS bigint
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH forgotten AS (
        DELETE FROM fertidoc.idempotency_key k
         WHERE k.created_at < clock_timestamp() - age
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;

REVOKE ALL ON FUNCTION fertidoc.condemn_leftovers(interval, uuid, int) FROM PUBLIC;
REVOKE ALL ON FUNCTION fertidoc.forget_idempotency_keys(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.condemn_leftovers(interval, uuid, int) TO fertidoc_worker;
GRANT EXECUTE ON FUNCTION fertidoc.forget_idempotency_keys(interval) TO fertidoc_worker;
