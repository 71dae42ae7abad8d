-- Says what an unread document waits for; once, so that whoever watches is not told again and again.
UPDATE fertidoc.document
   SET error_code = $2
 WHERE document_id = $1 AND state = 'stored' AND error_code IS DISTINCT FROM $2
