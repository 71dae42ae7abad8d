-- The last seal of each of these chains that has one.
SELECT head.chain, head.seq, head.audit_id, head.mac, head.sealed_at
  FROM unnest($1::uuid[]) AS wanted (chain)
 CROSS JOIN LATERAL (
       SELECT s.chain, s.seq, s.audit_id, s.mac, s.sealed_at FROM fertidoc.audit_seal s
        WHERE s.chain = wanted.chain ORDER BY s.seq DESC LIMIT 1) AS head
