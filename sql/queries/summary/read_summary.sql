-- The summary of one patient: the materialized row, or, where something changed since, the live
-- one; of a stale patient without a live row nothing.
SELECT found.version, found.patient, found.documents, found.documents_pending, found.documents_held,
       found.documents_failed, found.newest_document_on, found.values_waiting, found."values",
       statement_timestamp() AS as_of
  FROM (SELECT m.*
          FROM materialized.patient_summary_of($1) m
         WHERE NOT EXISTS (SELECT FROM fertidoc.stale_patient s
                            WHERE s.clinic_id = fertidoc.current_clinic() AND s.patient_id = $1)
         UNION ALL
        SELECT l.*
          FROM fertidoc.patient_summary_live l
         WHERE l.patient_id = $1
           AND EXISTS (SELECT FROM fertidoc.stale_patient s
                        WHERE s.clinic_id = fertidoc.current_clinic() AND s.patient_id = $1)) found
