-- The version of the patient's summary, and the moment that it was asked for.
SELECT version, statement_timestamp() AS as_of FROM fertidoc.patient WHERE patient_id = $1
