-- A document that could not be read is one that waits to be read; whose it is so far.
WITH again AS (
    UPDATE fertidoc.document
       SET state = 'stored', error_code = NULL, page = NULL, pages = NULL
     WHERE document_id = $1 AND state = 'failed'
)
SELECT COALESCE(patient_id, stated_patient_id) AS touches FROM fertidoc.document WHERE document_id = $1
