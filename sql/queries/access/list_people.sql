-- Everybody who works or worked in the clinic of this transaction, by name.
SELECT u.user_id, u.user_name, u.display_name, u.totp_confirmed_at IS NOT NULL AS second_factor, u.issuer,
       u.disabled_at IS NOT NULL AS disabled,
       (SELECT max(s.last_seen_at) FROM fertidoc.user_session s WHERE s.user_id = u.user_id) AS last_seen_at,
       ARRAY(SELECT h.role FROM fertidoc.held_role h
              WHERE h.user_id = u.user_id AND h.clinic_id = $1 AND h.reach = 'clinic' ORDER BY 1) AS roles,
       ARRAY(SELECT h.role FROM fertidoc.held_role h
              WHERE h.user_id = u.user_id AND h.clinic_id = $1 AND h.reach = 'laboratory' ORDER BY 1) AS laboratory_roles
  FROM fertidoc.user_account u
 ORDER BY u.display_name, u.user_id
