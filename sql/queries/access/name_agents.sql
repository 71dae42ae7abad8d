-- What these agents are called, as far as they are of the clinic of the transaction: holders of its
-- tokens, and people who work or worked there.
SELECT token_id AS agent_id, name FROM fertidoc.api_token WHERE token_id = ANY ($1)
 UNION ALL
SELECT user_id, display_name FROM fertidoc.user_account WHERE user_id = ANY ($1)
