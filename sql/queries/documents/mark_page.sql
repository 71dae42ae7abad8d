-- How far the reading has come; nothing once it has ended.
UPDATE fertidoc.document SET page = $2, pages = $3 WHERE document_id = $1 AND state = 'reading'
