-- A patient as the register shows it, with numbers and with partners of all times.
SELECT p.patient_id, p.family_name, p.given_names, p.birth_date, p.sex, p.revision, p.created_at, p.updated_at,
       i.authorities, i.numbers, l.partners, l.families, l.givens, l.since, l.until
  FROM fertidoc.patient p
  CROSS JOIN LATERAL (
       SELECT COALESCE(array_agg(n.authority ORDER BY n.authority, n.folded), '{}') AS authorities,
              COALESCE(array_agg(n.value ORDER BY n.authority, n.folded), '{}') AS numbers
         FROM fertidoc.patient_identifier n
        WHERE n.patient_id = p.patient_id
       ) AS i
  CROSS JOIN LATERAL (
       SELECT COALESCE(array_agg(o.patient_id ORDER BY s.since DESC, s.partnership_id), '{}') AS partners,
              COALESCE(array_agg(o.family_name ORDER BY s.since DESC, s.partnership_id), '{}') AS families,
              COALESCE(array_agg(o.given_names ORDER BY s.since DESC, s.partnership_id), '{}') AS givens,
              COALESCE(array_agg(s.since ORDER BY s.since DESC, s.partnership_id), '{}') AS since,
              COALESCE(array_agg(s.until ORDER BY s.since DESC, s.partnership_id), '{}') AS until
         FROM (SELECT partnership_id, other AS partner_id, since, until FROM fertidoc.partnership WHERE one = p.patient_id
               UNION ALL
               SELECT partnership_id, one, since, until FROM fertidoc.partnership WHERE other = p.patient_id) AS s
         JOIN fertidoc.patient o ON o.patient_id = s.partner_id
       ) AS l
 WHERE p.patient_id = $1
