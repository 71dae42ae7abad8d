-- Forgets the marks that this transaction's snapshot sees; those made meanwhile stay.
DELETE FROM fertidoc.stale_patient
