SELECT partnership_id, since
  FROM fertidoc.partnership
 WHERE one = LEAST($1::uuid, $2::uuid) AND other = GREATEST($1::uuid, $2::uuid) AND until IS NULL
   FOR UPDATE
