-- A sealer that is frozen or cut off loses its session, and the lead with it: within seven seconds, or
-- thirteen in the middle of a pass.
SELECT set_config('idle_session_timeout', '6s', false),
       set_config('idle_in_transaction_session_timeout', '12s', false),
       set_config('tcp_keepalives_idle', '3', false),
       set_config('tcp_keepalives_interval', '1', false),
       set_config('tcp_keepalives_count', '3', false),
       set_config('tcp_user_timeout', '6000', false),
       set_config('lock_timeout', '5s', false)
