SELECT code, name, aliases FROM fertidoc.identifier_authority ORDER BY code
