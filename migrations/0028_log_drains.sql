-- Where the output of an app is sent too. `target_sealed` holds address and token; `address` is what people see of it,
-- without its query. From `position` on the last columns are what the sender knows. A new table: no lock on others.

CREATE TABLE log_drains (
  id                 uuid PRIMARY KEY,
  organization_id    uuid NOT NULL REFERENCES organizations,
  app_environment_id uuid NOT NULL,
  kind               text NOT NULL CHECK (kind IN ('http', 'syslog')),
  address            text NOT NULL,
  has_token          boolean NOT NULL,
  target_sealed      text NOT NULL,
  generation         bigint NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL,
  position           text NOT NULL DEFAULT '',  -- how far each replica's log was taken
  delivered_lines    bigint NOT NULL DEFAULT 0,
  delivered_at       timestamptz,
  failing_since      timestamptz,
  failure            text NOT NULL DEFAULT '',
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX log_drains_by_environment ON log_drains (app_environment_id);
