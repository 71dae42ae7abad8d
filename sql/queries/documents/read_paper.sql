-- What was read of a paper, to look in it for names: how far the reading came, and the text of each page.
SELECT d.state, d.pages, COALESCE(a.result -> 'warnings', '[]') AS warnings,
       ARRAY(SELECT p.text FROM fertidoc.document_page p WHERE p.analysis_id = d.analysis_id ORDER BY p.page) AS texts
  FROM fertidoc.document d
  LEFT JOIN fertidoc.analysis a ON a.analysis_id = d.analysis_id
 WHERE d.document_id = $1
