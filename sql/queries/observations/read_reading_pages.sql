-- The text of the pages of one reading.
SELECT page, width, height, text FROM fertidoc.document_page WHERE analysis_id = $1 ORDER BY page
