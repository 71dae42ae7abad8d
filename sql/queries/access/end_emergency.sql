UPDATE fertidoc.emergency
   SET ends_at = clock_timestamp()
 WHERE session_id = $1 AND ends_at > clock_timestamp()
