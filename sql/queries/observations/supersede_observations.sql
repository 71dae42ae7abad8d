-- What an older version read and no person decided on leaves the summary.
UPDATE fertidoc.observation
   SET state = 'superseded'
 WHERE document_id = $1 AND analysis_id <> $2 AND state = 'read'
