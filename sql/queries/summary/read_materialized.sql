-- The summary of one patient as it was computed beforehand, where nothing changed since; else nothing:
-- read_summary.sql answers then. That has the live definition in its plan, whose beginning alone takes
-- longer than all of this.
SELECT m.version, m.patient, m.documents, m.documents_pending, m.documents_held, m.documents_failed,
       m.newest_document_on, m.values_waiting, m."values", statement_timestamp() AS as_of
  FROM materialized.patient_summary_of($1) m
 WHERE NOT EXISTS (SELECT FROM fertidoc.stale_patient s
                    WHERE s.clinic_id = fertidoc.current_clinic() AND s.patient_id = $1)
