-- Whom a paper may be about: $1 the patient that was stated, $2 numbers folded, $3 birth date,
-- $4 words of the name, of which two must fit; each with numbers and with the partners of today
-- who consented: they are offered too.
WITH hit AS (
    SELECT patient_id FROM fertidoc.patient WHERE patient_id = $1
    UNION
    SELECT patient_id FROM fertidoc.patient_identifier WHERE folded = ANY ($2)
    UNION
    SELECT patient_id FROM fertidoc.patient WHERE birth_date = $3
    UNION
    (SELECT patient_id
       FROM fertidoc.patient_name_word
      WHERE word = ANY ($4)
      GROUP BY patient_id
     HAVING count(*) >= 2
      ORDER BY count(*) DESC, patient_id
      LIMIT 50)
), wanted AS (
    SELECT patient_id FROM hit
    UNION
    SELECT s.other FROM fertidoc.partnership s JOIN hit ON hit.patient_id = s.one WHERE s.consented_on IS NOT NULL AND (s.until IS NULL OR s.until >= current_date)
    UNION
    SELECT s.one FROM fertidoc.partnership s JOIN hit ON hit.patient_id = s.other WHERE s.consented_on IS NOT NULL AND (s.until IS NULL OR s.until >= current_date)
)
SELECT p.patient_id, p.family_name, p.given_names, p.birth_date, p.sex,
       ARRAY(SELECT i.authority FROM fertidoc.patient_identifier i
              WHERE i.patient_id = p.patient_id ORDER BY i.authority, i.folded) AS authorities,
       ARRAY(SELECT i.folded FROM fertidoc.patient_identifier i
              WHERE i.patient_id = p.patient_id ORDER BY i.authority, i.folded) AS numbers,
       ARRAY(SELECT i.value FROM fertidoc.patient_identifier i
              WHERE i.patient_id = p.patient_id ORDER BY i.authority, i.folded) AS values,
       ARRAY(SELECT s.other FROM fertidoc.partnership s
              WHERE s.one = p.patient_id AND s.consented_on IS NOT NULL AND (s.until IS NULL OR s.until >= current_date)
             UNION
             SELECT s.one FROM fertidoc.partnership s
              WHERE s.other = p.patient_id AND s.consented_on IS NOT NULL AND (s.until IS NULL OR s.until >= current_date)) AS partners
  FROM fertidoc.patient p
  JOIN wanted USING (patient_id)
 ORDER BY p.patient_id
