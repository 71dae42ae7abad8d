-- The version of the last migration that was applied.
SELECT max(version)::bigint FROM public.refinery_schema_history
