-- The text of the pages of a document's last reading; $2 one page, or all. Where the reading is
-- withheld from the viewer its masked text stands in its place.
SELECT p.page, p.width, p.height, p.text
  FROM fertidoc.document d
  JOIN fertidoc.document_page p ON p.analysis_id = d.analysis_id
 WHERE d.document_id = $1 AND ($2::int IS NULL OR p.page = $2)
UNION ALL
SELECT p.number, p.width, p.height, p.text
  FROM fertidoc.document d
  JOIN fertidoc.document_mask m ON m.document_id = d.document_id AND m.analysis_id = d.analysis_id
 CROSS JOIN LATERAL jsonb_to_recordset(m.pages) AS p (number int, width float8, height float8, text text)
 WHERE d.document_id = $1 AND ($2::int IS NULL OR p.number = $2) AND NOT fertidoc.sees_sex_chromosomes()
 ORDER BY page
