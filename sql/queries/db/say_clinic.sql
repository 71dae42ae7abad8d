-- Says for which clinic this transaction works; gone with the transaction.
SELECT set_config('fertidoc.clinic', $1, true)
