-- A clinic of :patients patients with 3 read documents each, 10 values a document (10 things, each
-- with two earlier values), for the clinic :'clinic' and the token :'agent'. Triggers and foreign
-- keys sleep meanwhile. Ids rise like those of the house (UUID version 7).
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET search_path = fertidoc;

CREATE FUNCTION pg_temp.id(kind int, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex(26214400 + kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;
CREATE FUNCTION pg_temp.name(number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 'family' || translate(to_hex(number), '0123456789', 'ghijklmnop');

INSERT INTO identifier_authority (clinic_id, code, name) VALUES (:'clinic', 'bench', 'Bench');

INSERT INTO patient (patient_id, clinic_id, family_name, given_names, birth_date, sex, search_text, donor_code)
SELECT pg_temp.id(1, n), :'clinic', initcap(pg_temp.name(n)), 'Given', date '1970-01-01' + (n % 12000)::int,
       CASE n % 2 WHEN 0 THEN 'female' ELSE 'male' END, ' ' || pg_temp.name(n) || ' given bench' || n, NULL
  FROM generate_series(1, :patients) n;

INSERT INTO patient_name_word (clinic_id, word, patient_id)
SELECT :'clinic', word, pg_temp.id(1, n)
  FROM generate_series(1, :patients) n, LATERAL (VALUES (pg_temp.name(n)), ('given')) AS words (word);

INSERT INTO patient_identifier (clinic_id, patient_id, authority, value, folded)
SELECT :'clinic', pg_temp.id(1, n), 'bench', 'BENCH-' || n, 'BENCH' || n FROM generate_series(1, :patients) n;

INSERT INTO stored_object (object_id, clinic_id, state, sha256, size_bytes, frames)
SELECT pg_temp.id(2, n), :'clinic', 'complete', sha256(int8send(n)), 20000, '{-20000}' FROM generate_series(1, :patients * 3) n;

INSERT INTO document (document_id, clinic_id, object_id, sha256, size_bytes, file_name, media_type, uploaded_by, stated_patient_id,
                      patient_id, filing, filed_at, state, pages, kind, collected_on, reported_on, analysis_id, created_at)
SELECT pg_temp.id(3, n), :'clinic', pg_temp.id(2, n), sha256(int8send(n)), 20000, 'report.pdf', 'application/pdf', :'agent',
       -- Every other one was handed in for somebody.
       CASE n % 2 WHEN 0 THEN pg_temp.id(1, (n - 1) % :patients + 1) END,
       pg_temp.id(1, (n - 1) % :patients + 1), 'filed', timestamptz '2026-01-01', 'read', 1, 'hormone_panel',
       date '2025-01-01' + (n / :patients)::int * 30, date '2025-01-02' + (n / :patients)::int * 30, pg_temp.id(4, n),
       timestamptz '2026-01-01' + n * interval '1 second'
  FROM generate_series(1, :patients * 3) n;

INSERT INTO analysis (analysis_id, clinic_id, document_id, extractor, lexicon, result)
SELECT pg_temp.id(4, n), :'clinic', pg_temp.id(3, n), '1', '1', '{}' FROM generate_series(1, :patients * 3) n;

INSERT INTO document_mask (document_id, clinic_id, analysis_id, sex_chromosomes, rules)
SELECT pg_temp.id(3, n), :'clinic', pg_temp.id(4, n), 'absent', 1000000 FROM generate_series(1, :patients * 3) n;

INSERT INTO document_page (clinic_id, analysis_id, page, width, height, text)
SELECT :'clinic', pg_temp.id(4, n), 1, 595, 842, 'FSH 6.1 IU/L 3.5 - 12.5' FROM generate_series(1, :patients * 3) n;

INSERT INTO job (job_id, clinic_id, kind, document_id, state, attempt, max_attempts, finished_at)
SELECT pg_temp.id(5, n), :'clinic', 'analyze', pg_temp.id(3, n), 'done', 1, 3, now() FROM generate_series(1, :patients * 3) n;

INSERT INTO job_attempt (clinic_id, job_id, fence, attempt, worker, finished_at, outcome)
SELECT :'clinic', pg_temp.id(5, n), n, 1, 'bench', now(), 'done' FROM generate_series(1, :patients * 3) n;

INSERT INTO observation (observation_id, clinic_id, document_id, analysis_id, extractor, lexicon, ordinal, analyte, value, value_text,
                         unit, canonical_value, canonical_unit, ref_low, ref_high, flag, flag_source, observed_on, page, box,
                         source_text, confidence, needs_review)
SELECT pg_temp.id(6, n * 10 + o), :'clinic', pg_temp.id(3, n), pg_temp.id(4, n), '1', '1', o,
       (ARRAY['fsh','lh','estradiol','progesterone','prolactin','amh','tsh','testosterone','shbg','dheas'])[o + 1],
       6.1 + o, (6.1 + o)::text, 'IU/L', 6.1 + o, 'IU/L', 3.5, 12.5, 'normal', 'report',
       date '2025-01-01' + (n / :patients)::int * 30, 1, ARRAY[72, 100 + o * 20, 300, 112 + o * 20],
       'FSH 6.1 IU/L 3.5 - 12.5', 0.98, false
  FROM generate_series(1, :patients * 3) n, generate_series(0, 9) o;

INSERT INTO audit_event (clinic_id, agent_id, action, subject, patient_id)
SELECT :'clinic', :'agent', 'summary.read', pg_temp.id(1, n), pg_temp.id(1, n) FROM generate_series(1, LEAST(:patients, 100000)) n;

SET session_replication_role = origin;
VACUUM (ANALYZE);
