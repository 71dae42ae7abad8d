-- Whether the same bytes are filed for the patient by another document already.
SELECT EXISTS (
    SELECT FROM fertidoc.document
     WHERE sha256 = $1 AND patient_id = $2 AND filing = 'filed' AND document_id <> $3
)
