-- Documents whose mask older rules decided.
SELECT clinic_id, document_id FROM fertidoc.documents_to_mask($1, $2)
