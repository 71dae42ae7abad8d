-- The tokens of a clinic, newest first, with what their makers are called.
SELECT t.token_id, t.name, t.scopes, t.created_at, t.expires_at, t.revoked_at, t.last_used_at,
       t.created_by, COALESCE(person.display_name, maker.name) AS created_by_name,
       t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()) AS valid
  FROM fertidoc.api_token t
  LEFT JOIN fertidoc.api_token maker ON maker.token_id = t.created_by
  LEFT JOIN fertidoc.user_account person ON person.user_id = t.created_by
 WHERE $1::uuid IS NULL OR t.token_id < $1
 ORDER BY t.token_id DESC
 LIMIT $2
