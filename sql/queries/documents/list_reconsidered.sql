-- Documents that the register alone held back, and that a change of the register may set free.
SELECT document_id
  FROM fertidoc.document
 WHERE filing = 'held'
   AND state = 'read'
   AND NOT held_because && ARRAY['no_identity', 'second_person', 'several_reports', 'identity_doubtful', 'already_filed', 'taken_back']
 ORDER BY document_id DESC
 LIMIT $1
