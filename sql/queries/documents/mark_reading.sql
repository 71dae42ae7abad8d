UPDATE fertidoc.document SET state = 'reading', page = NULL WHERE document_id = $1
