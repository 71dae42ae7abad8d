UPDATE fertidoc.partnership SET until = $2 WHERE partnership_id = $1
