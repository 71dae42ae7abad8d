-- With whom the patient is treated together today.
SELECT CASE one WHEN $1 THEN other ELSE one END AS partner
  FROM fertidoc.partnership
 WHERE (one = $1 OR other = $1) AND (until IS NULL OR until >= current_date)
 ORDER BY since DESC, partnership_id
 LIMIT 1
