-- The scanner found malware: nobody gets the original any more.
UPDATE fertidoc.document
   SET state = 'refused', error_code = 'malware', scan = 'malware', scanned_at = clock_timestamp(),
       analysis_id = COALESCE($2, analysis_id), page = NULL
 WHERE document_id = $1
