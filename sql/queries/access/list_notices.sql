-- The notices for somebody, newest first; $2 is the last one of the page before.
SELECT n.notice_id, n.emergency_id, e.reason, e.opened_at, e.ends_at, n.acknowledged_at,
       COALESCE(u.display_name, 'somebody who works here no more') AS by_name
  FROM fertidoc.notice n
  JOIN fertidoc.emergency e USING (emergency_id)
  LEFT JOIN fertidoc.user_account u ON u.user_id = e.user_id
 WHERE n.user_id = $1
   AND ($2::uuid IS NULL
        OR (n.created_at, n.notice_id) < (SELECT b.created_at, b.notice_id FROM fertidoc.notice b WHERE b.notice_id = $2))
 ORDER BY n.created_at DESC, n.notice_id DESC
 LIMIT $3
