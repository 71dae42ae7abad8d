-- Where somebody of the clinic of the transaction may work, and what the person is called.
SELECT c.clinic_id, c.name, c.roles, p.display_name
  FROM fertidoc.clinics_of($1) c
  JOIN fertidoc.user_account p ON p.user_id = $1
 ORDER BY c.name, c.clinic_id
