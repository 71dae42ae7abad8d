-- A patient as the register shows it, with numbers, with partners of all times (who they are only with
-- the couple's consent), and with donations from either side.
SELECT p.patient_id, p.family_name, p.given_names, p.birth_date, p.sex, p.donor_code, p.revision, p.created_at, p.updated_at,
       i.authorities, i.numbers, l.partners, g.donations
  FROM fertidoc.patient p
  CROSS JOIN LATERAL (
       SELECT COALESCE(array_agg(n.authority ORDER BY n.authority, n.folded), '{}') AS authorities,
              COALESCE(array_agg(n.value ORDER BY n.authority, n.folded), '{}') AS numbers
         FROM fertidoc.patient_identifier n
        WHERE n.patient_id = p.patient_id
       ) AS i
  CROSS JOIN LATERAL (
       SELECT COALESCE(jsonb_agg(jsonb_build_object('link', s.partnership_id, 'since', s.since, 'until', s.until,
                                                    'consented_on', s.consented_on)
                                 || CASE WHEN s.consented_on IS NULL THEN '{}'
                                         ELSE jsonb_build_object('patient_id', o.patient_id,
                                                                 'family_name', o.family_name,
                                                                 'given_names', o.given_names) END
                                 ORDER BY s.since DESC, s.partnership_id), '[]') AS partners
         FROM (SELECT partnership_id, other AS partner_id, since, until, consented_on
                 FROM fertidoc.partnership WHERE one = p.patient_id
               UNION ALL
               SELECT partnership_id, one, since, until, consented_on
                 FROM fertidoc.partnership WHERE other = p.patient_id) AS s
         JOIN fertidoc.patient o ON o.patient_id = s.partner_id
       ) AS l
  CROSS JOIN LATERAL (
       SELECT COALESCE(jsonb_agg(jsonb_build_object('id', n.donation_id, 'donor_code', n.donor_code, 'kind', n.kind,
                                                    'since', n.since, 'until', n.until,
                                                    'donor', CASE WHEN d.patient_id IS NOT NULL THEN
                                                        jsonb_build_object('id', d.patient_id,
                                                                           'family_name', d.family_name,
                                                                           'given_names', d.given_names) END,
                                                    'recipient', jsonb_build_object('id', r.patient_id,
                                                                                    'family_name', r.family_name,
                                                                                    'given_names', r.given_names))
                                 ORDER BY n.since DESC, n.donation_id), '[]') AS donations
         FROM fertidoc.donation n
         JOIN fertidoc.patient r ON r.patient_id = n.recipient
         LEFT JOIN fertidoc.patient d ON d.clinic_id = n.clinic_id AND d.donor_code = n.donor_code
        WHERE n.clinic_id = p.clinic_id AND (n.recipient = p.patient_id OR n.donor_code = p.donor_code)
       ) AS g
 WHERE p.patient_id = $1
