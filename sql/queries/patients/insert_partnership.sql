-- Links two patients, the smaller id first; nothing where they are linked already.
INSERT INTO fertidoc.partnership (partnership_id, clinic_id, one, other, since, consented_on)
VALUES ($1, $2, LEAST($3::uuid, $4::uuid), GREATEST($3::uuid, $4::uuid), $5, $6)
ON CONFLICT (clinic_id, one, other) WHERE until IS NULL DO NOTHING
