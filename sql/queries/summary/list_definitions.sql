-- What the definition says of a clinic's patients, by id from behind $1, at most $2.
SELECT l.patient_id, l.version, l.patient, l.documents, l.documents_pending, l.documents_held,
       l.documents_failed, l.newest_document_on, l.values_waiting, l."values"
  FROM fertidoc.patient_summary_live l
 WHERE l.patient_id > $1
 ORDER BY l.patient_id
 LIMIT $2
