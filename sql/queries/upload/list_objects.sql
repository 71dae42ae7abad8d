-- Objects of a clinic with the documents that they are, by id from behind $1, at most $2; late: older
-- than $3 seconds, and no part of an upload that goes on.
SELECT o.object_id, o.state, o.sha256, o.size_bytes, o.frame_bytes, o.frames, d.document_id,
       o.state <> 'held' AND o.created_at < clock_timestamp() - make_interval(secs => $3) AS late
  FROM fertidoc.stored_object o
  LEFT JOIN fertidoc.document d ON d.object_id = o.object_id
 WHERE o.object_id > $1
 ORDER BY o.object_id
 LIMIT $2
