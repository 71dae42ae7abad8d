-- Every chain that anything was sealed in.
WITH RECURSIVE chains AS (
    (SELECT s.chain FROM fertidoc.audit_seal s ORDER BY s.chain LIMIT 1)
    UNION ALL
    SELECT (SELECT s.chain FROM fertidoc.audit_seal s WHERE s.chain > c.chain ORDER BY s.chain LIMIT 1)
      FROM chains c
     WHERE c.chain IS NOT NULL
)
SELECT chain FROM chains WHERE chain IS NOT NULL
