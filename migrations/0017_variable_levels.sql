-- Variables of organizations, projects and environments; what each is for (builds, running), whether it refers to other
-- values, and a MAC over each set, so that rows put back from a backup are noticed.
-- Locks: variables and release_variables for a moment; new columns have constant defaults. The version before writes on.

ALTER TABLE variables
  ADD COLUMN build_time  boolean NOT NULL DEFAULT false,
  ADD COLUMN run_time    boolean NOT NULL DEFAULT true,
  ADD COLUMN expand      boolean NOT NULL DEFAULT false,
  ADD COLUMN refers_to   text[] NOT NULL DEFAULT '{}',
  ADD COLUMN fingerprint text;
ALTER TABLE release_variables
  ADD COLUMN build_time  boolean NOT NULL DEFAULT false,
  ADD COLUMN run_time    boolean NOT NULL DEFAULT true,
  ADD COLUMN fingerprint text;

CREATE TABLE shared_variables (
  organization_id uuid NOT NULL REFERENCES organizations,
  project_id      uuid,
  environment_id  uuid,
  scope_id        uuid NOT NULL GENERATED ALWAYS AS (coalesce(environment_id, project_id, organization_id)) STORED,
  name            text NOT NULL CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
  value_sealed    text NOT NULL,
  generation      bigint NOT NULL,
  build_time      boolean NOT NULL DEFAULT false,
  run_time        boolean NOT NULL DEFAULT true,
  expand          boolean NOT NULL DEFAULT false,
  refers_to       text[] NOT NULL DEFAULT '{}',
  fingerprint     text,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope_id, name),
  CHECK (num_nonnulls(project_id, environment_id) <= 1),
  FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, environment_id) REFERENCES environments (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX shared_variables_by_organization ON shared_variables (organization_id);

-- One row a scope; version grows with each change.
CREATE TABLE variable_sets (
  organization_id    uuid NOT NULL REFERENCES organizations,
  project_id         uuid,
  environment_id     uuid,
  app_environment_id uuid,
  scope_id           uuid PRIMARY KEY GENERATED ALWAYS AS
                       (coalesce(app_environment_id, environment_id, project_id, organization_id)) STORED,
  version            bigint NOT NULL CHECK (version > 0),
  mac                bytea NOT NULL CHECK (length(mac) = 32),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(project_id, environment_id, app_environment_id) <= 1),
  FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, environment_id) REFERENCES environments (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE
);
