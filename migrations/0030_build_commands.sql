-- Apps whose image is made of commands in an image, without a Containerfile: as the app says, and as a deployment froze
-- it. A short lock of two tables; no row is written. The old program ignores them.

ALTER TABLE app_environments
  ADD COLUMN build_image text, ADD COLUMN install_command text, ADD COLUMN build_command text,
  ADD COLUMN start_command text,
  ADD CONSTRAINT app_environments_commands CHECK ((build_image IS NULL) = (start_command IS NULL));
ALTER TABLE deployments
  ADD COLUMN build_image text, ADD COLUMN install_command text, ADD COLUMN build_command text,
  ADD COLUMN start_command text,
  ADD CONSTRAINT deployments_commands CHECK ((build_image IS NULL) = (start_command IS NULL));
