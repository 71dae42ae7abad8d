UPDATE fertidoc.audit_mark SET audit_id = $1 WHERE audit_id < $1
