-- A value that a person read from the document, with the reason; it is confirmed by being entered.
INSERT INTO fertidoc.observation (
    observation_id, clinic_id, document_id, analysis_id, extractor, lexicon, ordinal,
    analyte, value, value_text, unit, comparator, text, observed_on,
    entered_by, entered_because, source_text, confidence, needs_review, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '', 1, false, 'confirmed')
