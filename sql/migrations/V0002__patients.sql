-- The register of patients: names, birth date, sex, identifiers with the house that issued them,
-- and partners with dates.

CREATE TABLE fertidoc.patient (
    patient_id  uuid PRIMARY KEY,
    clinic_id   uuid NOT NULL REFERENCES fertidoc.clinic,
    family_name text NOT NULL CHECK (family_name <> ''),
    given_names text NOT NULL DEFAULT '',
    birth_date  date,
    sex         text CHECK (sex IN ('female', 'male')),
    -- Names and numbers folded for finding: lower case, no accents, single spaces.
    search_text text NOT NULL,
    -- Raised once by every transaction that changes what the patient's summary shows.
    version     bigint NOT NULL DEFAULT 1,
    -- The transaction that raised it last.
    version_xid xid8,
    -- Raised by every change of the register row itself; the ETag that If-Match speaks of.
    revision    bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (clinic_id, patient_id)
);
CREATE INDEX ON fertidoc.patient (clinic_id, family_name, patient_id);
CREATE INDEX ON fertidoc.patient (clinic_id, birth_date);

-- The words of a patient's names, folded, in every spelling: how a name on paper finds those whom
-- it may mean. Equality of text is leakproof, so the index works behind row level security.
CREATE TABLE fertidoc.patient_name_word (
    clinic_id  uuid NOT NULL,
    word       text NOT NULL,
    patient_id uuid NOT NULL,
    PRIMARY KEY (clinic_id, word, patient_id),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES fertidoc.patient (clinic_id, patient_id)
);
CREATE INDEX ON fertidoc.patient_name_word (clinic_id, patient_id);

-- A house that issues identifiers and that this clinic knows: itself, a laboratory, a health service.
CREATE TABLE fertidoc.identifier_authority (
    clinic_id uuid NOT NULL REFERENCES fertidoc.clinic,
    code      text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]*$'),
    name      text NOT NULL CHECK (name <> ''),
    -- Other spellings under which it stands on paper, folded.
    aliases   text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (clinic_id, code)
);

CREATE TABLE fertidoc.patient_identifier (
    clinic_id  uuid NOT NULL,
    patient_id uuid NOT NULL,
    authority  text NOT NULL,
    value      text NOT NULL CHECK (value <> ''),
    -- Letters and digits only, upper case: what is compared.
    folded     text NOT NULL CHECK (folded ~ '^[A-Z0-9]+$'),
    PRIMARY KEY (clinic_id, authority, folded),
    FOREIGN KEY (clinic_id, patient_id) REFERENCES fertidoc.patient (clinic_id, patient_id),
    FOREIGN KEY (clinic_id, authority) REFERENCES fertidoc.identifier_authority
);
CREATE INDEX ON fertidoc.patient_identifier (clinic_id, patient_id);
CREATE INDEX ON fertidoc.patient_identifier (clinic_id, folded);

-- Two people who are treated together, from a day to a day. Stored once, the smaller id first.
CREATE TABLE fertidoc.partnership (
    partnership_id uuid PRIMARY KEY,
    clinic_id      uuid NOT NULL,
    one            uuid NOT NULL,
    other          uuid NOT NULL,
    since          date NOT NULL,
    until          date CHECK (until >= since),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (one < other),
    FOREIGN KEY (clinic_id, one) REFERENCES fertidoc.patient (clinic_id, patient_id),
    FOREIGN KEY (clinic_id, other) REFERENCES fertidoc.patient (clinic_id, patient_id)
);
CREATE UNIQUE INDEX partnership_current ON fertidoc.partnership (clinic_id, one, other) WHERE until IS NULL;
CREATE INDEX ON fertidoc.partnership (clinic_id, one);
CREATE INDEX ON fertidoc.partnership (clinic_id, other);

ALTER TABLE fertidoc.patient ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.patient FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.patient USING (clinic_id = fertidoc.current_clinic());
ALTER TABLE fertidoc.patient_name_word ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.patient_name_word FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.patient_name_word USING (clinic_id = fertidoc.current_clinic());
ALTER TABLE fertidoc.identifier_authority ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.identifier_authority FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.identifier_authority USING (clinic_id = fertidoc.current_clinic());
ALTER TABLE fertidoc.patient_identifier ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.patient_identifier FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.patient_identifier USING (clinic_id = fertidoc.current_clinic());
ALTER TABLE fertidoc.partnership ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.partnership FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.partnership USING (clinic_id = fertidoc.current_clinic());

GRANT SELECT, INSERT, UPDATE ON fertidoc.patient TO fertidoc_app;
GRANT SELECT ON fertidoc.patient TO fertidoc_worker;
-- A worker that files a document raises the version of the patient's summary.
GRANT UPDATE (version, version_xid) ON fertidoc.patient TO fertidoc_worker;
GRANT SELECT, INSERT, DELETE ON fertidoc.patient_name_word TO fertidoc_app;
GRANT SELECT ON fertidoc.patient_name_word TO fertidoc_worker;
GRANT SELECT, INSERT ON fertidoc.identifier_authority TO fertidoc_app;
GRANT UPDATE (name, aliases) ON fertidoc.identifier_authority TO fertidoc_app;
GRANT SELECT ON fertidoc.identifier_authority TO fertidoc_worker;
GRANT SELECT, INSERT, DELETE ON fertidoc.patient_identifier TO fertidoc_app;
GRANT SELECT ON fertidoc.patient_identifier TO fertidoc_worker;
GRANT SELECT, INSERT ON fertidoc.partnership TO fertidoc_app;
GRANT UPDATE (until) ON fertidoc.partnership TO fertidoc_app;
GRANT SELECT ON fertidoc.partnership TO fertidoc_worker;
