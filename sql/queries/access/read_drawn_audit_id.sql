-- The last id of an audit row that was drawn.
SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS drawn FROM fertidoc.audit_id
