SELECT FROM patient WHERE patient_id = $1
