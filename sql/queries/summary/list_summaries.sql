-- What a list shows of the summaries of these patients, in the order asked for; each row by itself
-- materialized or live. Patients that are not the clinic's are left out.
SELECT wanted.patient_id, found.version, found.documents, found.documents_pending, found.documents_held,
       found.documents_failed, found.newest_document_on, found.values_waiting,
       jsonb_array_length(found."values") AS values_shown
  FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (patient_id, place)
 CROSS JOIN LATERAL (
        SELECT m.*
          FROM materialized.patient_summary_of(wanted.patient_id) m
         WHERE NOT EXISTS (SELECT FROM fertidoc.stale_patient s
                            WHERE s.clinic_id = fertidoc.current_clinic() AND s.patient_id = wanted.patient_id)
         UNION ALL
        SELECT l.*
          FROM fertidoc.patient_summary_live l
         WHERE l.patient_id = wanted.patient_id
           AND EXISTS (SELECT FROM fertidoc.stale_patient s
                        WHERE s.clinic_id = fertidoc.current_clinic() AND s.patient_id = wanted.patient_id)) found
 ORDER BY wanted.place
