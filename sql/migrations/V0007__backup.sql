-- The role `backup` reads every row of every clinic and changes nothing: pg_dump under forced row
-- level security would otherwise write an empty dump without an error.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class
                 WHERE relnamespace = 'fertidoc'::regnamespace AND relkind IN ('r', 'p') LOOP
        EXECUTE format('GRANT SELECT ON fertidoc.%I TO fertidoc_backup', name);
        IF (SELECT relrowsecurity FROM pg_class WHERE oid = format('fertidoc.%I', name)::regclass) THEN
            EXECUTE format('CREATE POLICY backup ON fertidoc.%I FOR SELECT TO fertidoc_backup USING (true)', name);
        END IF;
    END LOOP;
END
$$;
-- pg_dump keeps the places of sequences too.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA fertidoc TO fertidoc_backup;
