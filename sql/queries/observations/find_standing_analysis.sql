-- The reading whose values stand: the document's own, else the one of this version.
SELECT COALESCE(d.analysis_id, a.analysis_id)
  FROM fertidoc.analysis a
  JOIN fertidoc.document d USING (document_id)
 WHERE a.document_id = $1 AND a.extractor = $2 AND a.lexicon = $3
