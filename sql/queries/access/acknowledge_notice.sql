UPDATE fertidoc.notice
   SET acknowledged_at = COALESCE(acknowledged_at, clock_timestamp())
 WHERE notice_id = $1 AND user_id = $2
RETURNING emergency_id
