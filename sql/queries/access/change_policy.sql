-- What the clinic masks from now on; nothing where it does so already.
UPDATE fertidoc.clinic SET sex_chromosomes = $2 WHERE clinic_id = $1 AND sex_chromosomes <> $2
