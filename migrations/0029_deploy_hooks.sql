-- Deploy hooks: secret addresses that start a deployment of one app environment. What they do is in the audit log with
-- the hook as who did it.
-- Locks: audit_events exclusively, for as long as one look at its rows takes; else a new table.

CREATE TABLE deploy_hooks (
  id                 uuid PRIMARY KEY,
  organization_id    uuid NOT NULL REFERENCES organizations,
  app_environment_id uuid NOT NULL,
  name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  prefix             text NOT NULL,
  token_sha256       bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  made_by            uuid NOT NULL REFERENCES people,
  created_at         timestamptz NOT NULL,
  expires_at         timestamptz,
  revoked_at         timestamptz,
  last_used_at       timestamptz,
  last_used_from     text NOT NULL DEFAULT '',
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX deploy_hooks_by_environment ON deploy_hooks (app_environment_id);

ALTER TABLE audit_events
  DROP CONSTRAINT audit_events_actor_kind_check,
  ADD CONSTRAINT audit_events_actor_kind_check
    CHECK (actor_kind IN ('person', 'token', 'hook', 'worker', 'system', 'nobody'));
