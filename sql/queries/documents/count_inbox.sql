SELECT count(*)
  FROM fertidoc.document
 WHERE (filing = 'held' OR state IN ('refused', 'failed')) AND filing <> 'filed'
