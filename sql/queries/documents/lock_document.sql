-- Whose the document is so far, held until the transaction ends.
SELECT sha256, stated_patient_id, patient_id, state, filing, held_because, filed_by, revision,
       kind IS NOT NULL AS was_read
  FROM fertidoc.document
 WHERE document_id = $1
   FOR UPDATE
