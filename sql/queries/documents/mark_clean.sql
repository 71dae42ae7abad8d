-- The scanner read the original to its end and found nothing.
UPDATE fertidoc.document
   SET scan = 'clean', scanned_at = clock_timestamp(),
       error_code = CASE WHEN state = 'stored' THEN NULL ELSE error_code END
 WHERE document_id = $1
