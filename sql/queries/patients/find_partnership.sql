-- A link of the patient $1, by its own id or, while it lasts, by the partner's.
SELECT partnership_id, since, until, CASE one WHEN $1 THEN other ELSE one END AS partner
  FROM fertidoc.partnership
 WHERE (one = $1 OR other = $1)
   AND (partnership_id = $2 OR (until IS NULL AND $1 <> $2 AND (one = $2 OR other = $2)))
