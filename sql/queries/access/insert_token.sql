WITH agent AS (INSERT INTO fertidoc.agent (agent_id, kind) VALUES ($1, 'token'))
INSERT INTO fertidoc.api_token (token_id, clinic_id, name, hash, scopes, expires_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
