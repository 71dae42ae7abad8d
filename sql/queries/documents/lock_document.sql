-- Whose the document is so far, held until the transaction ends.
SELECT sha256, stated_patient_id, patient_id, filing, held_because, filed_by
  FROM fertidoc.document
 WHERE document_id = $1
   FOR UPDATE
