SELECT clinic_id, object_id, multipart_id FROM condemn_leftovers(make_interval(secs => $1), $2, $3)
