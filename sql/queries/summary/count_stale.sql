-- How much the materialized summaries lack, and for how many seconds.
SELECT count(DISTINCT patient_id) AS patients,
       COALESCE(extract(epoch FROM clock_timestamp() - min(marked_at)), 0)::double precision AS age
  FROM fertidoc.stale_patient
