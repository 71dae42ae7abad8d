SELECT sha256, size_bytes, frame_bytes, frames
  FROM stored_object
 WHERE object_id = $1
   AND state = 'complete'
