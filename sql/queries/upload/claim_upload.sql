-- Makes the request the one that writes, where nobody does.
UPDATE upload
   SET holder = $3, lease_until = clock_timestamp() + make_interval(secs => $4), wanted = false
 WHERE upload_id = $1
   AND agent_id = $2
   AND ended_at IS NULL
   AND expires_at > clock_timestamp()
   AND (holder IS NULL OR lease_until <= clock_timestamp())
RETURNING state, length, received, file_name, patient_id, media_type, frames, packs, hash, parts,
          object_id, tail_id, tail_packed, sha256,
          (SELECT o.multipart_id FROM stored_object o WHERE o.object_id = upload.object_id) AS multipart_id
