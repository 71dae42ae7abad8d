SELECT sex_chromosomes FROM fertidoc.clinic WHERE clinic_id = $1
