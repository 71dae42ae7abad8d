-- Up to here everything is sealed, or will never be there.
SELECT audit_id FROM fertidoc.audit_mark
