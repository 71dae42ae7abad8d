-- Links a recipient with a donor; nothing where they are linked already.
INSERT INTO fertidoc.donation (donation_id, clinic_id, donor_code, recipient, kind, since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (clinic_id, recipient, donor_code, kind) WHERE until IS NULL DO NOTHING
