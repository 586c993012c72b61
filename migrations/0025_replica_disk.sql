-- What a replica may write outside its volumes (it is told when it has more), and whether it may write there at all.
-- A short lock of app_environments and releases; constant defaults write no row. The old program ignores both.

ALTER TABLE app_environments
  ADD COLUMN disk_bytes bigint NOT NULL DEFAULT 2147483648 CHECK (disk_bytes >= 16777216),
  ADD COLUMN read_only boolean NOT NULL DEFAULT false;
ALTER TABLE releases
  ADD COLUMN disk_bytes bigint NOT NULL DEFAULT 2147483648 CHECK (disk_bytes >= 16777216),
  ADD COLUMN read_only boolean NOT NULL DEFAULT false;
