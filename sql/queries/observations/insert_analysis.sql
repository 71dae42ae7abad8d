-- One reading by one version of extractor and lexicon; the second time nothing happens.
INSERT INTO fertidoc.analysis (analysis_id, clinic_id, document_id, extractor, lexicon, result)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (document_id, extractor, lexicon) DO NOTHING
