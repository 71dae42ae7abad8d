INSERT INTO fertidoc.identifier_authority (clinic_id, code, name, aliases)
VALUES ($1, $2, $3, $4)
ON CONFLICT (clinic_id, code) DO NOTHING
