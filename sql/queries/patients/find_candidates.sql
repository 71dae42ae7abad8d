-- Whom a paper may be about: $1 the patient that was stated, $2 numbers folded, $3 birth date,
-- $4 words of the name; each with numbers and with the partners of today, who are offered too.
WITH hit AS (
    SELECT patient_id FROM fertidoc.patient WHERE patient_id = $1
    UNION
    SELECT patient_id FROM fertidoc.patient_identifier WHERE folded = ANY ($2)
    UNION
    SELECT patient_id FROM fertidoc.patient WHERE birth_date = $3
    UNION
    (SELECT patient_id
       FROM fertidoc.patient
      WHERE cardinality($4::text[]) >= 2
        AND (SELECT count(*) FROM unnest($4) AS word WHERE strpos(' ' || search_text, ' ' || word) > 0) >= 2
      ORDER BY patient_id
      LIMIT 50)
), linked AS (
    SELECT one AS patient_id, other AS partner_id FROM fertidoc.partnership WHERE until IS NULL OR until >= current_date
    UNION
    SELECT other, one FROM fertidoc.partnership WHERE until IS NULL OR until >= current_date
), wanted AS (
    SELECT patient_id FROM hit
    UNION
    SELECT linked.partner_id FROM linked JOIN hit USING (patient_id)
)
SELECT p.patient_id, p.family_name, p.given_names, p.birth_date, p.sex,
       ARRAY(SELECT i.authority FROM fertidoc.patient_identifier i
              WHERE i.patient_id = p.patient_id ORDER BY i.authority, i.folded) AS authorities,
       ARRAY(SELECT i.folded FROM fertidoc.patient_identifier i
              WHERE i.patient_id = p.patient_id ORDER BY i.authority, i.folded) AS numbers,
       ARRAY(SELECT i.value FROM fertidoc.patient_identifier i
              WHERE i.patient_id = p.patient_id ORDER BY i.authority, i.folded) AS values,
       ARRAY(SELECT l.partner_id FROM linked l WHERE l.patient_id = p.patient_id ORDER BY l.partner_id) AS partners
  FROM fertidoc.patient p
  JOIN wanted USING (patient_id)
 ORDER BY p.patient_id
