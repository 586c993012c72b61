-- Folders that people send to be built, in parts of at most 1 MiB: they survive the process that took them and are the
-- same for every instance. Compressed already, so PostgreSQL does not try again.
-- Locks: none on tables that are in use.

CREATE TABLE uploads (
  id                 uuid PRIMARY KEY,
  organization_id    uuid NOT NULL REFERENCES organizations,
  app_environment_id uuid NOT NULL,
  sha256             text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes              bigint NOT NULL CHECK (bytes BETWEEN 1 AND 67108864),
  received           bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND bytes),
  files              bigint,
  unpacked_bytes     bigint,
  created_by         text NOT NULL,
  created_at         timestamptz NOT NULL,
  completed_at       timestamptz,
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX uploads_by_app_environment ON uploads (app_environment_id, completed_at);

CREATE TABLE upload_parts (
  upload_id       uuid NOT NULL,
  organization_id uuid NOT NULL,
  begins_at       bigint NOT NULL CHECK (begins_at >= 0),
  bytes           bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
  PRIMARY KEY (upload_id, begins_at),
  FOREIGN KEY (organization_id, upload_id) REFERENCES uploads (organization_id, id) ON DELETE CASCADE
);
ALTER TABLE upload_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX upload_parts_by_organization ON upload_parts (organization_id);
