-- Whose the document is: $3 the token of the person who decided, NULL where a rule did.
UPDATE fertidoc.document
   SET filing = 'filed', patient_id = $2, held_because = '{}', filed_by = $3, filed_at = clock_timestamp(),
       donor_side = false
 WHERE document_id = $1
