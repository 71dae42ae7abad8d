-- The text of the pages of a document's last reading; $2 one page, or all.
SELECT p.page, p.width, p.height, p.text
  FROM fertidoc.document d
  JOIN fertidoc.document_page p ON p.analysis_id = d.analysis_id
 WHERE d.document_id = $1 AND ($2::int IS NULL OR p.page = $2)
 ORDER BY p.page
