SELECT token_id, name, scopes, created_at, expires_at, revoked_at, last_used_at
  FROM fertidoc.api_token
 ORDER BY token_id
