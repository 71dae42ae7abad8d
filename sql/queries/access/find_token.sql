-- The token behind a hash, whatever its clinic; nothing where it expired or was revoked.
SELECT token_id, clinic_id, name, scopes, used_long_ago, sex_chromosomes FROM fertidoc.token_by_hash($1)
