-- The values of a document that stand, in the order of the paper, entered ones last.
SELECT o.observation_id, o.state, o.extractor, o.lexicon, o.entered_by, o.entered_because, to_jsonb(o) AS value
  FROM fertidoc.observation o
 WHERE o.document_id = $1 AND o.state <> 'superseded'
 ORDER BY o.ordinal
