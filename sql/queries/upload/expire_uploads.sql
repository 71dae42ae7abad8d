SELECT expire_uploads($1)
