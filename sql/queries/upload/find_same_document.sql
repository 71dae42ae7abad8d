-- The document that these bytes are already: see the page at the top of src/upload/mod.rs.
SELECT document_id, unclaimed FROM same_document($1, $2)
