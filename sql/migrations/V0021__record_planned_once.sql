-- Postgres plans the statement of a function in SQL anew with every call, and that of one in PL/pgSQL once a
-- session: the same rows, sooner.
CREATE OR REPLACE FUNCTION fertidoc.record_events(
        clinics uuid[], agents uuid[], sessions uuid[], clients inet[], actions text[], outcomes text[],
        subjects uuid[], one_patient uuid[], many_patients text[], requests text[], details jsonb[])
    RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, fertidoc
AS $$
BEGIN
    INSERT INTO fertidoc.audit_event
           (clinic_id, agent_id, session_id, client, action, outcome, subject, patient_id, patients,
            request_id, detail)
    SELECT e.clinic, e.agent, e.session, e.client, e.action, e.outcome, e.subject, e.one, e.many::uuid[],
           e.request, e.detail
      FROM unnest(clinics, agents, sessions, clients, actions, outcomes, subjects, one_patient,
                  many_patients, requests, details)
           AS e (clinic, agent, session, client, action, outcome, subject, one, many, request, detail);
END
$$;
