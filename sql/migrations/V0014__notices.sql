-- Who made a token: the person or token that asked for it; NULL for the command line.
ALTER TABLE fertidoc.api_token ADD COLUMN created_by uuid REFERENCES fertidoc.agent;
