-- The last reading of a document, masked where the viewer does not see it as it is.
SELECT COALESCE(a.result, m.result)
  FROM fertidoc.document d
  LEFT JOIN fertidoc.analysis a ON a.analysis_id = d.analysis_id
  LEFT JOIN fertidoc.document_mask m ON m.document_id = d.document_id AND m.analysis_id = d.analysis_id
 WHERE d.document_id = $1
