SELECT clinic_id, name, roles FROM fertidoc.clinics_of($1)
