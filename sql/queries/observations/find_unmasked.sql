-- The reading of a document whose mask older rules decided; none where somebody is deciding just now.
SELECT m.analysis_id, a.result
  FROM fertidoc.document_mask m
  JOIN fertidoc.analysis a ON a.analysis_id = m.analysis_id
 WHERE m.document_id = $1 AND m.rules < $2
   FOR UPDATE OF m SKIP LOCKED
