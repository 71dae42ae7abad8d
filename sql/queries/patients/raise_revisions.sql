-- Something that the register shows with these patients has changed.
UPDATE fertidoc.patient
   SET revision = revision + 1, updated_at = clock_timestamp()
 WHERE patient_id = ANY ($1)
