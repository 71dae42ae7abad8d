UPDATE fertidoc.document
   SET state = 'stored', error_code = NULL, page = NULL, pages = NULL
 WHERE document_id = $1 AND state = 'failed'
