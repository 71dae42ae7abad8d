SELECT clinic_id, name, laboratory_id, laboratory FROM fertidoc.all_clinics()
