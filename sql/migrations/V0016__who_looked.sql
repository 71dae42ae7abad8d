-- Who looked at a patient: rows that touch one patient, and lists that showed him or her.
--
-- An array's `@>` is not leakproof, so behind row level security its index would serve nobody. This
-- function looks with the owner's eyes and keeps the wall itself.
CREATE POLICY look_up ON fertidoc.audit_event FOR SELECT TO fertidoc_owner USING (true);
CREATE FUNCTION fertidoc.audit_of_patient(wanted uuid) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
    SELECT e.audit_id FROM fertidoc.audit_event e
     WHERE e.clinic_id = fertidoc.current_clinic() AND e.patient_id = wanted
     UNION
    SELECT e.audit_id FROM fertidoc.audit_event e
     WHERE e.clinic_id = fertidoc.current_clinic() AND e.patients @> ARRAY[wanted]
$$;
REVOKE ALL ON FUNCTION fertidoc.audit_of_patient(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fertidoc.audit_of_patient(uuid) TO fertidoc_app;
