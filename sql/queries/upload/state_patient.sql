UPDATE document
   SET stated_patient_id = $2
 WHERE document_id = $1
   AND stated_patient_id IS NULL
   AND patient_id IS NULL
   AND filing = 'unread'
