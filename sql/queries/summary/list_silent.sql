-- Those of these documents that are known to tell no sex chromosomes.
SELECT document_id FROM fertidoc.document_mask WHERE document_id = ANY ($1) AND sex_chromosomes = 'absent'
