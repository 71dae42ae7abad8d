-- The day on which the couple consented to be shown together; NULL where it does not any more.
UPDATE fertidoc.partnership SET consented_on = $2 WHERE partnership_id = $1
