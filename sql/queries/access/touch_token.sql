-- Says that a token was used; once a minute is exact enough to find those that nobody uses.
UPDATE fertidoc.api_token
   SET last_used_at = clock_timestamp()
 WHERE token_id = $1
   AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')
