-- Documents of a clinic that the record says were received; of those in $2 where it is given.
SELECT subject FROM fertidoc.audit_event
 WHERE clinic_id = $1 AND action = 'document.receive' AND subject IS NOT NULL
   AND ($2::uuid[] IS NULL OR subject = ANY ($2))
