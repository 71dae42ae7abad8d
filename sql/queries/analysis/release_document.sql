-- Nobody reads it for now; what an earlier reading found stands.
UPDATE fertidoc.document
   SET state = CASE WHEN analysis_id IS NULL THEN 'stored' ELSE 'read' END, page = NULL
 WHERE document_id = $1 AND state = 'reading'
