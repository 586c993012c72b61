-- Apps whose files are served as they are: the folder, as the app says and as a deployment froze it, and the SHA-256 over
-- what it held. A short lock of three tables; no row is written. The old program ignores them.

ALTER TABLE app_environments ADD COLUMN static_directory text;
ALTER TABLE deployments ADD COLUMN static_directory text, ADD COLUMN content_hash text;
ALTER TABLE releases ADD COLUMN content_hash text;
