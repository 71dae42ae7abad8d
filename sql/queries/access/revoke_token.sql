-- Ends a token; the first moment stays where it was revoked before.
UPDATE fertidoc.api_token
   SET revoked_at = COALESCE(revoked_at, clock_timestamp())
 WHERE token_id = $1
