-- Says for which clinic this transaction works and what it may see there; gone with the transaction.
SELECT set_config('fertidoc.clinic', $1, true), set_config('fertidoc.sight', $2, true)
