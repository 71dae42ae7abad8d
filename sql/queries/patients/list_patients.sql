-- Patients by name, a page at a time: $1 patterns that all must be found, $2 the last patient of
-- the page before.
SELECT p.patient_id, p.family_name, p.given_names, p.birth_date, p.sex, p.donor_code, p.revision,
       ARRAY(SELECT n.authority FROM fertidoc.patient_identifier n
              WHERE n.patient_id = p.patient_id ORDER BY n.authority, n.folded) AS authorities,
       ARRAY(SELECT n.value FROM fertidoc.patient_identifier n
              WHERE n.patient_id = p.patient_id ORDER BY n.authority, n.folded) AS numbers
  FROM fertidoc.patient p
 WHERE ' ' || p.search_text LIKE ALL ($1)
   AND ($2::uuid IS NULL
        OR (p.family_name, p.patient_id) > (SELECT a.family_name, a.patient_id FROM fertidoc.patient a WHERE a.patient_id = $2))
 ORDER BY p.family_name, p.patient_id
 LIMIT $3
