SELECT EXISTS (SELECT FROM fertidoc.document WHERE document_id = $1)
