-- Readings of a clinic that are not there once and whole: pages and values are numbered without gaps,
-- each value of the result has its row, and a document stands on a reading of its own.
SELECT 'reading_of_another' AS flaw, d.document_id AS id
  FROM fertidoc.document d
  JOIN fertidoc.analysis a ON a.analysis_id = d.analysis_id
 WHERE a.document_id <> d.document_id
 UNION ALL
SELECT 'pages_not_dense', a.document_id
  FROM fertidoc.analysis a
  JOIN fertidoc.document_page p ON p.analysis_id = a.analysis_id
 GROUP BY a.analysis_id, a.document_id
HAVING max(p.page) <> count(*)
 UNION ALL
SELECT 'values_not_dense', o.document_id
  FROM fertidoc.observation o
 GROUP BY o.analysis_id, o.document_id
HAVING min(o.ordinal) <> 1 OR max(o.ordinal) <> count(*)
 UNION ALL
SELECT 'values_not_once', a.document_id
  FROM fertidoc.analysis a
 WHERE jsonb_array_length(COALESCE(a.result -> 'observations', '[]'))
       <> (SELECT count(*) FROM fertidoc.observation o
            WHERE o.clinic_id = a.clinic_id AND o.analysis_id = a.analysis_id AND o.entered_by IS NULL)
