-- Rows of several viewers and clinics at once; $9 are arrays of ids, written as text.
SELECT fertidoc.record_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
