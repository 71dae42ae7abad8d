-- Keeps the document from every summary until a person has decided. Where one of those whose it may be
-- ($3) is a donor, it waits on the donors' side.
UPDATE fertidoc.document
   SET filing = 'held', patient_id = NULL, held_because = $2, filed_by = NULL, filed_at = NULL,
       donor_side = EXISTS (SELECT FROM fertidoc.patient p WHERE p.patient_id = ANY ($3) AND p.donor_code IS NOT NULL)
 WHERE document_id = $1
