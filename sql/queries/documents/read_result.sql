SELECT a.result
  FROM fertidoc.document d
  JOIN fertidoc.analysis a ON a.analysis_id = d.analysis_id
 WHERE d.document_id = $1
