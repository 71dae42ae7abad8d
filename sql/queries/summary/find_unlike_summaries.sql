-- Patients whose materialized summary is not what the definition says although nothing marks it stale.
SELECT COALESCE(m.patient_id, l.patient_id) AS patient_id, COALESCE(m.clinic_id, l.clinic_id) AS clinic_id
  FROM materialized.patient_summary m
  FULL JOIN fertidoc.patient_summary_live l ON l.patient_id = m.patient_id
 WHERE to_jsonb(m) IS DISTINCT FROM to_jsonb(l)
   AND NOT EXISTS (SELECT FROM fertidoc.stale_patient s
                    WHERE s.patient_id = COALESCE(m.patient_id, l.patient_id))
