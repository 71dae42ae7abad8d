-- Documents of a clinic whose columns contradict each other or their object.
SELECT 'read_without_reading' AS flaw, d.document_id AS id
  FROM fertidoc.document d
 WHERE d.state = 'read' AND (d.analysis_id IS NULL OR d.filing = 'unread')
 UNION ALL
SELECT 'end_without_reason', d.document_id
  FROM fertidoc.document d
 WHERE d.state IN ('refused', 'failed') AND d.error_code IS NULL
 UNION ALL
SELECT 'page_beyond_pages', d.document_id
  FROM fertidoc.document d
 WHERE d.page > d.pages
 UNION ALL
SELECT 'object_of_another', d.document_id
  FROM fertidoc.document d
  JOIN fertidoc.stored_object o ON o.clinic_id = d.clinic_id AND o.object_id = d.object_id
 WHERE o.state <> 'complete' OR o.sha256 <> d.sha256 OR o.size_bytes <> d.size_bytes
