INSERT INTO fertidoc.document_page (clinic_id, analysis_id, page, width, height, text)
SELECT $1, $2, p.page, p.width, p.height, p.text
  FROM unnest($3::int[], $4::float8[], $5::float8[], $6::text[]) AS p (page, width, height, text)
