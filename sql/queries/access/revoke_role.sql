UPDATE fertidoc.membership
   SET ended_at = clock_timestamp()
 WHERE clinic_id = $1 AND user_id = $2 AND role = $3 AND ended_at IS NULL
