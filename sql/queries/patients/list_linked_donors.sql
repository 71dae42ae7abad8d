-- From whom some patients received: what would name the donor on a paper.
SELECT DISTINCT n.recipient, d.family_name, d.given_names, d.birth_date,
       ARRAY(SELECT i.folded FROM fertidoc.patient_identifier i WHERE i.patient_id = d.patient_id ORDER BY i.folded) AS numbers
  FROM fertidoc.donation n
  JOIN fertidoc.patient d ON d.clinic_id = n.clinic_id AND d.donor_code = n.donor_code
 WHERE n.recipient = ANY ($1)
