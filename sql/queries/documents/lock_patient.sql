-- Decisions about one patient's documents are made one after the other. Not by the patient's row:
-- the commit locks rows of couples in an order of its own.
SELECT pg_advisory_xact_lock(hashtextextended('document of ' || $1::uuid, 0))
