-- A leader that is frozen or cut off loses its session, and the lead with it, within 15 seconds.
SELECT set_config('idle_session_timeout', '12s', false),
       set_config('idle_in_transaction_session_timeout', '12s', false),
       set_config('tcp_keepalives_idle', '5', false),
       set_config('tcp_keepalives_interval', '2', false),
       set_config('tcp_keepalives_count', '3', false),
       set_config('tcp_user_timeout', '12000', false),
       set_config('lock_timeout', '10s', false)
