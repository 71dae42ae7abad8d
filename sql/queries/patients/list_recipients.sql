-- Those of some patients who received from a donor.
SELECT DISTINCT recipient FROM fertidoc.donation WHERE recipient = ANY ($1)
