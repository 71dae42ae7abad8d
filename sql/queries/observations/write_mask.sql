-- What of a document is shown where sex chromosomes are masked. A reading that failed ($7) says
-- nothing about a document that an earlier one read.
INSERT INTO fertidoc.document_mask (document_id, clinic_id, analysis_id, sex_chromosomes, rules, result, pages)
SELECT d.document_id, d.clinic_id, $2, $3, $4, $5, $6
  FROM fertidoc.document d
 WHERE d.document_id = $1 AND (NOT $7::boolean OR d.kind IS NULL)
ON CONFLICT (document_id) DO UPDATE
   SET analysis_id = EXCLUDED.analysis_id, sex_chromosomes = EXCLUDED.sex_chromosomes,
       rules = EXCLUDED.rules, result = EXCLUDED.result, pages = EXCLUDED.pages
