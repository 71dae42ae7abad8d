-- Uploads that go on: a file that comes in several requests, over whichever instances.

-- An object whose bytes belong to an upload that has not ended: neither a document yet nor a
-- leftover. The upload's row says until when.
ALTER TABLE fertidoc.stored_object
    DROP CONSTRAINT stored_object_state_check,
    ADD CONSTRAINT stored_object_state_check
        CHECK (state IN ('uploading', 'held', 'complete', 'condemned'));

CREATE TABLE fertidoc.upload (
    upload_id    uuid PRIMARY KEY,
    clinic_id    uuid NOT NULL REFERENCES fertidoc.clinic,
    -- Whose it is: nobody else of the clinic finds it.
    agent_id     uuid NOT NULL REFERENCES fertidoc.agent,
    -- 'sealed': all bytes are in the store and only the document is missing. Behind it are the ends.
    state        text NOT NULL DEFAULT 'receiving'
                 CHECK (state IN ('receiving', 'sealed', 'done', 'refused', 'terminated', 'expired')),
    -- Plain bytes that the whole file has, and those that would survive the end of every process.
    length       bigint NOT NULL CHECK (length > 0),
    received     bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND length),
    -- What the sender said of the file, as it was said, and what was understood of it.
    metadata     text NOT NULL DEFAULT '',
    file_name    text NOT NULL,
    patient_id   uuid,

    -- Where the next byte goes on: the type once it is known, stored lengths of the whole frames,
    -- whether frames are packed (NULL: undecided), the state of SHA-256, the store's names of the
    -- parts that were sent.
    media_type   text,
    frames       int[] NOT NULL DEFAULT '{}',
    packs        boolean,
    hash         bytea,
    parts        text[] NOT NULL DEFAULT '{}',
    -- The object that the parts belong to.
    object_id    uuid,
    -- The object of what is no part yet: so many packed bytes, then the plain ones of a frame begun.
    tail_id      uuid,
    tail_packed  int NOT NULL DEFAULT 0 CHECK (tail_packed >= 0),
    -- SHA-256 of the whole file, once it is sealed.
    sha256       bytea CHECK (length(sha256) = 32),

    -- The one who writes, drawn anew with every request, and until when that is believed without a
    -- word; `wanted`: somebody asks where to go on, so that the writer is to come to an end.
    holder       uuid,
    lease_until  timestamptz,
    wanted       boolean NOT NULL DEFAULT false,

    -- What became of it, for whoever missed the answer.
    outcome      jsonb,
    document_id  uuid,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    UNIQUE (clinic_id, upload_id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES fertidoc.patient (clinic_id, patient_id),
    FOREIGN KEY (clinic_id, object_id) REFERENCES fertidoc.stored_object (clinic_id, object_id),
    FOREIGN KEY (clinic_id, tail_id) REFERENCES fertidoc.stored_object (clinic_id, object_id),
    FOREIGN KEY (clinic_id, document_id) REFERENCES fertidoc.document (clinic_id, document_id),
    CHECK ((holder IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('receiving', 'sealed')) = (ended_at IS NULL)),
    CHECK (state <> 'sealed' OR (received = length AND sha256 IS NOT NULL AND media_type IS NOT NULL
                                 AND object_id IS NOT NULL AND tail_id IS NULL)),
    CHECK (state <> 'done' OR document_id IS NOT NULL),
    CHECK (ended_at IS NULL OR (object_id IS NULL AND tail_id IS NULL AND holder IS NULL))
);
CREATE INDEX upload_open ON fertidoc.upload (clinic_id, agent_id) WHERE ended_at IS NULL;
CREATE INDEX upload_expires ON fertidoc.upload (expires_at) WHERE ended_at IS NULL;
CREATE INDEX upload_ended ON fertidoc.upload (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX ON fertidoc.upload (clinic_id, patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX ON fertidoc.upload (clinic_id, object_id) WHERE object_id IS NOT NULL;
CREATE INDEX ON fertidoc.upload (clinic_id, tail_id) WHERE tail_id IS NOT NULL;
CREATE INDEX ON fertidoc.upload (clinic_id, document_id) WHERE document_id IS NOT NULL;

ALTER TABLE fertidoc.upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.upload FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.upload USING (clinic_id = fertidoc.current_clinic());
CREATE POLICY donor_wall ON fertidoc.upload AS RESTRICTIVE TO fertidoc_app
    USING ((SELECT fertidoc.sees('donors'))
           OR patient_id IS NULL
           OR EXISTS (SELECT FROM fertidoc.patient w WHERE w.patient_id = upload.patient_id));
CREATE POLICY sweep ON fertidoc.upload TO fertidoc_owner USING (true);
CREATE POLICY backup ON fertidoc.upload FOR SELECT TO fertidoc_backup USING (true);
GRANT SELECT, INSERT, UPDATE ON fertidoc.upload TO fertidoc_app;
GRANT SELECT ON fertidoc.upload TO fertidoc_backup;

-- Ends uploads that nobody went on with, of all clinics, and condemns what came of them; nobody who
-- still writes is disturbed.
CREATE FUNCTION fertidoc.expire_uploads(at_most int) RETURNS bigint
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH late AS (
        SELECT u.upload_id, u.object_id, u.tail_id
          FROM fertidoc.upload u
         WHERE u.ended_at IS NULL
           AND u.expires_at <= clock_timestamp()
           AND (u.holder IS NULL OR u.lease_until <= clock_timestamp())
         ORDER BY u.expires_at
         LIMIT at_most
           FOR UPDATE SKIP LOCKED
    ), condemned AS (
        UPDATE fertidoc.stored_object o
           SET state = 'condemned'
          FROM late
         WHERE o.object_id IN (late.object_id, late.tail_id)
           AND o.state = 'held'
    ), ended AS (
        UPDATE fertidoc.upload u
           SET state = 'expired', ended_at = clock_timestamp(), object_id = NULL, tail_id = NULL,
               holder = NULL, lease_until = NULL, hash = NULL, frames = '{}', parts = '{}',
               metadata = '', file_name = '', patient_id = NULL
          FROM late
         WHERE u.upload_id = late.upload_id
        RETURNING 1
    )
    SELECT count(*) FROM ended
$$;

CREATE FUNCTION fertidoc.forget_uploads(age interval) RETURNS bigint
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    WITH forgotten AS (
        DELETE FROM fertidoc.upload u
         WHERE u.ended_at < clock_timestamp() - age
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;

-- As before, but that it passes over what an upload holds.
CREATE OR REPLACE FUNCTION fertidoc.condemn_leftovers(age interval, after uuid, at_most int)
    RETURNS TABLE (clinic_id uuid, object_id uuid, multipart_id text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    -- In two steps on purpose: a row that a commit completes while we wait for it is looked at
    -- again in its new version, but its document is not in our snapshot.
    WITH unfinished AS (
        SELECT o.object_id
          FROM fertidoc.stored_object o
         WHERE o.state <> 'complete'
           AND o.state <> 'held'
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

REVOKE ALL ON FUNCTION fertidoc.expire_uploads(int) FROM PUBLIC;
REVOKE ALL ON FUNCTION fertidoc.forget_uploads(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.expire_uploads(int) TO fertidoc_worker;
GRANT EXECUTE ON FUNCTION fertidoc.forget_uploads(interval) TO fertidoc_worker;
