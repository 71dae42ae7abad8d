-- The first row before which rows of its writer are missing. In one snapshot a writer's rows are a
-- beginning of its numbers, because it commits one after the other.
SELECT numbered.audit_id, numbered.clinic_id, numbered.writer, numbered.before + 1 AS missing
  FROM (SELECT e.audit_id, e.clinic_id, e.writer, e.writer_number,
               lag(e.writer_number, 1, 0) OVER (PARTITION BY e.writer ORDER BY e.writer_number) AS before
          FROM fertidoc.audit_event e) AS numbered
 WHERE numbered.writer_number <> numbered.before + 1
 ORDER BY numbered.audit_id
 LIMIT 1
