UPDATE fertidoc.donation SET until = $2 WHERE donation_id = $1
