-- The document that these bytes are already: see the page at the top of src/upload/mod.rs.
SELECT document_id,
       filing = 'unread' AND stated_patient_id IS NULL AND patient_id IS NULL AS unclaimed
  FROM document
 WHERE clinic_id = current_clinic()
   AND sha256 = $1
   AND ($2::uuid IS NULL
        OR patient_id = $2
        OR stated_patient_id = $2
        OR (filing = 'unread' AND stated_patient_id IS NULL AND patient_id IS NULL))
 ORDER BY patient_id IS NOT DISTINCT FROM $2 DESC,
          stated_patient_id IS NOT DISTINCT FROM $2 DESC,
          created_at,
          document_id
 LIMIT 1
