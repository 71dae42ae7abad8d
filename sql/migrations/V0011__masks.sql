-- What of a document is shown to those from whom the clinic keeps sex chromosomes: whether its text
-- tells them, and, where it does or nobody can say, the reading with everything masked that tells.
-- The masked reading is written by the worker beside the reading itself, so that the reading and the
-- text of the pages can be withheld as rows: nobody has to remember to mask them. Where a row is
-- missing nothing is known, and the paper is withheld.

-- Whether this transaction works for somebody who sees sex chromosomes: see access::Sight.
CREATE FUNCTION fertidoc.sees_sex_chromosomes() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN 'genetics' = ANY (string_to_array(COALESCE(current_setting('fertidoc.sight', true), ''), ','));

CREATE TABLE fertidoc.document_mask (
    document_id     uuid PRIMARY KEY,
    clinic_id       uuid NOT NULL,
    -- The reading that this is about.
    analysis_id     uuid NOT NULL,
    -- See domain::sex_chromosomes::Verdict.
    sex_chromosomes text NOT NULL CHECK (sex_chromosomes IN ('unknown', 'absent', 'present')),
    -- The version of the rules that decided; 0: none has yet. What older rules decided is decided again.
    rules           int NOT NULL,
    -- The analysis and the pages ({number, width, height, text}), masked. None where nothing tells.
    result          jsonb,
    pages           jsonb,
    FOREIGN KEY (clinic_id, document_id) REFERENCES fertidoc.document (clinic_id, document_id),
    FOREIGN KEY (clinic_id, analysis_id) REFERENCES fertidoc.analysis (clinic_id, analysis_id),
    CHECK ((result IS NULL) = (pages IS NULL)),
    CHECK ((sex_chromosomes = 'absent' OR rules = 0) = (result IS NULL))
);
CREATE INDEX ON fertidoc.document_mask (rules);
CREATE INDEX ON fertidoc.document_mask (clinic_id, analysis_id);

-- The archive, for the worker to decide about.
INSERT INTO fertidoc.document_mask (document_id, clinic_id, analysis_id, sex_chromosomes, rules)
SELECT d.document_id, d.clinic_id, d.analysis_id, 'unknown', 0
  FROM fertidoc.document d
 WHERE d.analysis_id IS NOT NULL;

ALTER TABLE fertidoc.document_mask ENABLE ROW LEVEL SECURITY;
ALTER TABLE fertidoc.document_mask FORCE ROW LEVEL SECURITY;
CREATE POLICY own_clinic ON fertidoc.document_mask USING (clinic_id = fertidoc.current_clinic());
-- Whoever does not see the document does not see its mask.
CREATE POLICY with_its_document ON fertidoc.document_mask AS RESTRICTIVE TO fertidoc_app
    USING (EXISTS (SELECT FROM fertidoc.document d WHERE d.document_id = document_mask.document_id));
CREATE POLICY backup ON fertidoc.document_mask FOR SELECT TO fertidoc_backup USING (true);
CREATE POLICY look_over ON fertidoc.document_mask FOR SELECT TO fertidoc_owner USING (true);
GRANT SELECT ON fertidoc.document_mask TO fertidoc_app, fertidoc_backup;
GRANT SELECT, INSERT, UPDATE ON fertidoc.document_mask TO fertidoc_worker;

CREATE POLICY masked ON fertidoc.analysis AS RESTRICTIVE FOR SELECT TO fertidoc_app, fertidoc_worker
    USING (fertidoc.sees_sex_chromosomes()
           OR EXISTS (SELECT FROM fertidoc.document_mask m
                       WHERE m.analysis_id = analysis.analysis_id AND m.sex_chromosomes = 'absent'));
-- The pages of a reading that is seen.
CREATE POLICY masked ON fertidoc.document_page AS RESTRICTIVE FOR SELECT TO fertidoc_app, fertidoc_worker
    USING (fertidoc.sees_sex_chromosomes()
           OR EXISTS (SELECT FROM fertidoc.analysis a WHERE a.analysis_id = document_page.analysis_id));

-- Documents that older rules decided about, of all clinics.
CREATE FUNCTION fertidoc.documents_to_mask(newest int, at_most int)
    RETURNS TABLE (clinic_id uuid, document_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT m.clinic_id, m.document_id
      FROM fertidoc.document_mask m
     WHERE m.rules < newest
     ORDER BY m.rules, m.document_id
     LIMIT at_most
$$;
REVOKE ALL ON FUNCTION fertidoc.documents_to_mask(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.documents_to_mask(int, int) TO fertidoc_worker;

-- The clinic decides what is masked.
GRANT UPDATE (sex_chromosomes) ON fertidoc.clinic TO fertidoc_app;
