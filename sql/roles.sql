-- Roles of the database, made once per cluster by whoever administers it; safe to run again.
-- Passwords are set outside of this file. None of them may bypass row level security.
--
--   owner      migrations only; owns the tables
--   app        answers requests
--   worker     reads documents, sweeps; takes the clinic of the job it holds
--   refresher  owns the materialized views; sees base tables through SELECT policies of its own
--   sealer     reads the record of who did what, of every clinic, and seals it
--   backup     reads everything, changes nothing
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['fertidoc_owner', 'fertidoc_app', 'fertidoc_worker', 'fertidoc_refresher', 'fertidoc_sealer', 'fertidoc_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', role);
        END IF;
    END LOOP;
END
$$;
-- The owner hands the materialized views to the refresher when it creates them.
GRANT fertidoc_refresher TO fertidoc_owner;
