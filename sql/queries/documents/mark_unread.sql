-- The reading did not succeed; what an earlier one found stays.
UPDATE fertidoc.document
   SET state = CASE WHEN kind IS NULL THEN $2 ELSE 'read' END,
       error_code = CASE WHEN kind IS NULL THEN $3 END,
       analysis_id = CASE WHEN kind IS NULL THEN COALESCE($4, analysis_id) ELSE analysis_id END,
       page = NULL
 WHERE document_id = $1
