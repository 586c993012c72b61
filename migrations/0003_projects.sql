-- Projects, environments, apps and app environments (what runs: one app in one environment), and staged variables.
-- Foreign keys between tenant tables are composite, so that a foreign id cannot be stored. New tables only.

CREATE TABLE projects (
  id              uuid NOT NULL PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations,
  slug            text NOT NULL CHECK (slug ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'),
  name            text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  UNIQUE (organization_id, slug)
);

CREATE TABLE environments (
  id              uuid NOT NULL PRIMARY KEY,
  organization_id uuid NOT NULL,
  project_id      uuid NOT NULL,
  name            text NOT NULL CHECK (name ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'),
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  UNIQUE (organization_id, project_id, name),
  FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);

CREATE TABLE apps (
  id              uuid NOT NULL PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations,
  project_id      uuid NOT NULL,
  name            text NOT NULL CHECK (name ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'),
  kind            text NOT NULL DEFAULT 'web' CHECK (kind IN ('web', 'worker', 'cron', 'function', 'database')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  UNIQUE (organization_id, name),
  FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);

-- reconcile_at: when the reconciler looks at it next; null = nothing to do. The only work list: no table is swept.
CREATE TABLE app_environments (
  id                         uuid NOT NULL PRIMARY KEY,
  organization_id            uuid NOT NULL,
  app_id                     uuid NOT NULL,
  environment_id             uuid NOT NULL,
  host                       text NOT NULL UNIQUE,
  git_url                    text NOT NULL,
  branch                     text NOT NULL,
  containerfile              text,
  port                       integer NOT NULL DEFAULT 8080 CHECK (port BETWEEN 1 AND 65535),
  health_path                text NOT NULL DEFAULT '/',
  desired_replicas           integer NOT NULL DEFAULT 1 CHECK (desired_replicas BETWEEN 0 AND 100),
  cpu_millis                 integer NOT NULL DEFAULT 1000 CHECK (cpu_millis BETWEEN 50 AND 64000),
  memory_bytes               bigint NOT NULL DEFAULT 536870912 CHECK (memory_bytes >= 33554432),
  pids                       integer NOT NULL DEFAULT 512 CHECK (pids BETWEEN 16 AND 32768),
  stopped                    boolean NOT NULL DEFAULT false,
  deleting_at                timestamptz,
  automatic_deploys_paused   boolean NOT NULL DEFAULT false,
  current_release_id         uuid,
  target_release_id          uuid,
  next_deployment_number     bigint NOT NULL DEFAULT 1,
  next_release_number        bigint NOT NULL DEFAULT 1,
  version                    bigint NOT NULL DEFAULT 1,
  reconcile_at               timestamptz,
  created_at                 timestamptz NOT NULL DEFAULT now(),
  updated_at                 timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  UNIQUE (organization_id, app_id, environment_id),
  FOREIGN KEY (organization_id, app_id) REFERENCES apps (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, environment_id) REFERENCES environments (organization_id, id)
);
CREATE INDEX app_environments_due ON app_environments (reconcile_at) WHERE reconcile_at IS NOT NULL;
CREATE INDEX app_environments_by_app ON app_environments (organization_id, app_id);

-- The staged set. A release freezes its own copy. `generation` grows with each change of a value and is bound into the
-- ciphertext, so an old row put back does not open as the new one.
CREATE TABLE variables (
  organization_id    uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  name               text NOT NULL CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
  value_sealed       text NOT NULL,
  generation         bigint NOT NULL,
  updated_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (app_environment_id, name),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE
);

-- Data keys, one active an organization, sealed under the master key (envelope encryption).
CREATE TABLE data_keys (
  organization_id uuid NOT NULL REFERENCES organizations,
  version         integer NOT NULL CHECK (version > 0),
  key_sealed      text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, version)
);
