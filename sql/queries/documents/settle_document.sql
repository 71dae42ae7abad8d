-- What the reading found; whose the document is stands in a statement of its own.
UPDATE fertidoc.document
   SET state = 'read', error_code = NULL, page = NULL,
       analysis_id = $2, pages = $3, kind = $4, collected_on = $5, reported_on = $6
 WHERE document_id = $1
