-- A donation of the patient, from either side, that has not ended.
SELECT n.donation_id, n.recipient, n.since, n.donor_code
  FROM fertidoc.donation n
 WHERE n.donation_id = $2 AND n.until IS NULL
   AND (n.recipient = $1 OR n.donor_code = (SELECT p.donor_code FROM fertidoc.patient p WHERE p.patient_id = $1))
   FOR UPDATE
