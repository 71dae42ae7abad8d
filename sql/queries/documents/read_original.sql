-- Where the bytes of a document are, whose it is so far, what the malware scanner said of them, and
-- whether they are withheld: they may tell sex chromosomes.
SELECT d.object_id, d.file_name, d.media_type, d.size_bytes, d.sha256, d.scan,
       COALESCE(d.patient_id, d.stated_patient_id) AS touches,
       NOT fertidoc.sees_sex_chromosomes() AND COALESCE(m.sex_chromosomes, 'unknown') <> 'absent' AS withheld
  FROM fertidoc.document d
  LEFT JOIN fertidoc.document_mask m ON m.document_id = d.document_id
 WHERE d.document_id = $1
