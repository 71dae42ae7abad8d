-- Keeps the document from every summary until a person has decided.
UPDATE fertidoc.document
   SET filing = 'held', patient_id = NULL, held_because = $2, filed_by = NULL, filed_at = NULL
 WHERE document_id = $1
