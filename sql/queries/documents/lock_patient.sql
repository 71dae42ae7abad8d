-- Decisions about one patient's documents are made one after the other.
SELECT FROM fertidoc.patient WHERE patient_id = $1 FOR NO KEY UPDATE
