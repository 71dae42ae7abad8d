INSERT INTO fertidoc.audit_seal (chain, seq, audit_id, mac, encoding)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[], $5::smallint[])
