-- Deployments, releases, rollouts and replicas. New tables; foreign keys back to app_environments are added last.

CREATE TABLE deployments (
  id                 uuid NOT NULL PRIMARY KEY,
  organization_id    uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  number             bigint NOT NULL CHECK (number > 0),
  trigger            text NOT NULL CHECK (trigger IN ('push', 'webhook', 'manual', 'api', 'rollback', 'restart', 'variables', 'schedule')),
  state              text NOT NULL DEFAULT 'queued' CHECK (state IN
                       ('queued', 'building', 'built', 'releasing', 'live', 'failed', 'cancelled', 'superseded')),
  git_url            text NOT NULL,
  branch             text NOT NULL,
  containerfile      text,
  commit_id          text,
  commit_message     text,
  copies_release_id  uuid,            -- rollback and restart: nothing is built
  image_repository   text,
  image_digest       text,
  release_id         uuid,
  cancel_requested   boolean NOT NULL DEFAULT false,
  failure_step       text,
  failure_code       text,
  failure_message    text,
  failure_exit_code  integer,
  failure_lines      text[],
  failure_hint       text,
  status_text        text NOT NULL DEFAULT 'Waiting for a build slot.',
  created_by         text NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT now(),
  building_at        timestamptz,
  built_at           timestamptz,
  releasing_at       timestamptz,
  live_at            timestamptz,
  finished_at        timestamptz,
  UNIQUE (organization_id, id),
  UNIQUE (app_environment_id, number),
  CHECK ((state = 'failed') = (failure_step IS NOT NULL)),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX deployments_unfinished ON deployments (app_environment_id)
  WHERE state IN ('queued', 'building', 'built', 'releasing');

CREATE TABLE releases (
  id                 uuid NOT NULL PRIMARY KEY,
  organization_id    uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  deployment_id      uuid NOT NULL,
  number             bigint NOT NULL CHECK (number > 0),
  image_repository   text NOT NULL,
  image_digest       text NOT NULL CHECK (image_digest ~ '^sha256:[0-9a-f]{64}$'),
  commit_id          text,
  port               integer NOT NULL,
  health_path        text NOT NULL,
  cpu_millis         integer NOT NULL,
  memory_bytes       bigint NOT NULL,
  pids               integer NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  UNIQUE (app_environment_id, number),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, deployment_id) REFERENCES deployments (organization_id, id) ON DELETE CASCADE
);

CREATE TABLE release_variables (
  organization_id uuid NOT NULL,
  release_id      uuid NOT NULL,
  name            text NOT NULL,
  value_sealed    text NOT NULL,
  generation      bigint NOT NULL,
  PRIMARY KEY (release_id, name),
  FOREIGN KEY (organization_id, release_id) REFERENCES releases (organization_id, id) ON DELETE CASCADE
);

-- The one active change of an app environment.
CREATE TABLE rollouts (
  id                 uuid NOT NULL PRIMARY KEY,
  organization_id    uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  deployment_id      uuid NOT NULL,
  from_release_id    uuid,
  to_release_id      uuid NOT NULL,
  strategy           text NOT NULL DEFAULT 'rolling' CHECK (strategy IN ('rolling', 'blue-green', 'canary', 'recreate')),
  state              text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'done', 'failed', 'superseded', 'cancelled')),
  step               text NOT NULL DEFAULT 'starting',
  progress_deadline  timestamptz NOT NULL,
  version            bigint NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL DEFAULT now(),
  finished_at        timestamptz,
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, deployment_id) REFERENCES deployments (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, to_release_id) REFERENCES releases (organization_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX rollouts_one_active ON rollouts (app_environment_id) WHERE state = 'active';

-- routing: what the edges should do with it; desired: what its worker should do. phase and below: what was observed.
-- A port is not given out again within 10 minutes of its release, also when the app is gone: released_ports.
CREATE TABLE replicas (
  id                 uuid NOT NULL PRIMARY KEY,
  organization_id    uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  release_id         uuid NOT NULL,
  deployment_id      uuid NOT NULL,
  index              integer NOT NULL CHECK (index >= 0),
  worker_id          uuid NOT NULL REFERENCES workers,
  publish_address    text NOT NULL,
  publish_port       integer NOT NULL CHECK (publish_port BETWEEN 1 AND 65535),
  placement          jsonb NOT NULL DEFAULT '{}',
  desired            text NOT NULL DEFAULT 'running' CHECK (desired IN ('running', 'stopped')),
  routing            text NOT NULL DEFAULT 'none' CHECK (routing IN ('none', 'ready', 'drain')),
  routing_since      timestamptz NOT NULL DEFAULT now(),
  phase              text NOT NULL DEFAULT 'pending' CHECK (phase IN
                       ('pending', 'pulling', 'starting', 'running', 'stopping', 'stopped', 'failed')),
  health             text NOT NULL DEFAULT 'unknown' CHECK (health IN ('unknown', 'healthy', 'unhealthy')),
  container_id       text,
  restarts           integer NOT NULL DEFAULT 0,
  exit_code          integer,
  reason             text,
  observed_since     timestamptz,
  created_at         timestamptz NOT NULL DEFAULT now(),
  removed_at         timestamptz,
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, release_id) REFERENCES releases (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, deployment_id) REFERENCES deployments (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX replicas_by_environment ON replicas (app_environment_id) WHERE removed_at IS NULL;
CREATE INDEX replicas_by_worker ON replicas (worker_id) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX replicas_one_port ON replicas (worker_id, publish_port) WHERE removed_at IS NULL;
CREATE INDEX replicas_removed ON replicas (removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE released_ports (
  worker_id   uuid NOT NULL REFERENCES workers,
  port        integer NOT NULL,
  released_at timestamptz NOT NULL,
  PRIMARY KEY (worker_id, port)
);
CREATE INDEX released_ports_age ON released_ports (released_at);

ALTER TABLE deployments
  ADD FOREIGN KEY (organization_id, copies_release_id) REFERENCES releases (organization_id, id) ON DELETE SET NULL (copies_release_id);
ALTER TABLE app_environments
  ADD FOREIGN KEY (organization_id, current_release_id) REFERENCES releases (organization_id, id) ON DELETE SET NULL (current_release_id),
  ADD FOREIGN KEY (organization_id, target_release_id) REFERENCES releases (organization_id, id) ON DELETE SET NULL (target_release_id);

-- The state machine of DESIGN 3, once more in the database: what the program forgets, this refuses.
CREATE FUNCTION check_deployment_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> NEW.state AND NOT (
       (OLD.state = 'queued'    AND NEW.state IN ('building', 'built', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'building'  AND NEW.state IN ('built', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'built'     AND NEW.state IN ('releasing', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'releasing' AND NEW.state IN ('live', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'live'      AND NEW.state = 'superseded')) THEN
    RAISE EXCEPTION 'deployment % cannot go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state NOT IN ('queued', 'building') AND
     (OLD.commit_id, OLD.image_digest, OLD.git_url, OLD.number) IS DISTINCT FROM
     (NEW.commit_id, NEW.image_digest, NEW.git_url, NEW.number) THEN
    RAISE EXCEPTION 'deployment % is immutable once built', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER deployments_change BEFORE UPDATE ON deployments FOR EACH ROW EXECUTE FUNCTION check_deployment_change();

CREATE TRIGGER releases_immutable BEFORE UPDATE ON releases FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
