-- Finite work on agents, its log streams, and the stored bytes of build logs. New tables only.

CREATE TABLE jobs (
  id                 uuid NOT NULL PRIMARY KEY,
  organization_id    uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  deployment_id      uuid NOT NULL,
  kind               text NOT NULL CHECK (kind IN ('build', 'run', 'exec', 'backup', 'restore', 'collect')),
  state              text NOT NULL DEFAULT 'pending' CHECK (state IN
                       ('pending', 'assigned', 'running', 'succeeded', 'failed', 'cancelled')),
  priority           integer NOT NULL DEFAULT 0,
  attempt            integer NOT NULL DEFAULT 1 CHECK (attempt BETWEEN 1 AND 5),
  worker_id          uuid REFERENCES workers,
  dispatched         boolean NOT NULL DEFAULT false,   -- the current attempt was sent over the current session
  cancel_requested   boolean NOT NULL DEFAULT false,
  lease_expires_at   timestamptz,
  phase              text,
  result             jsonb,
  error              jsonb,
  created_at         timestamptz NOT NULL DEFAULT now(),
  assigned_at        timestamptz,
  finished_at        timestamptz,
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, app_environment_id) REFERENCES app_environments (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, deployment_id) REFERENCES deployments (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX jobs_pending ON jobs (priority DESC, id) WHERE state = 'pending';
CREATE INDEX jobs_by_worker ON jobs (worker_id) WHERE state IN ('assigned', 'running');
CREATE INDEX jobs_by_deployment ON jobs (deployment_id);
CREATE INDEX jobs_leases ON jobs (lease_expires_at) WHERE state IN ('assigned', 'running');
CREATE UNIQUE INDEX jobs_one_active ON jobs (app_environment_id, kind) WHERE state IN ('assigned', 'running');

-- One stream of an agent. next_offset: how many of its bytes are stored for good.
CREATE TABLE log_streams (
  id              uuid NOT NULL PRIMARY KEY,
  organization_id uuid NOT NULL,
  job_id          uuid NOT NULL,
  attempt         integer NOT NULL,
  deployment_id   uuid NOT NULL,
  next_offset     bigint NOT NULL DEFAULT 0,
  closed          boolean NOT NULL DEFAULT false,
  FOREIGN KEY (organization_id, job_id) REFERENCES jobs (organization_id, id) ON DELETE CASCADE,
  UNIQUE (job_id, attempt)
);

-- How much of a deployment's log is stored; complete when no byte will follow.
CREATE TABLE deployment_logs (
  deployment_id   uuid NOT NULL PRIMARY KEY,
  organization_id uuid NOT NULL,
  bytes           bigint NOT NULL DEFAULT 0,
  complete        boolean NOT NULL DEFAULT false,
  FOREIGN KEY (organization_id, deployment_id) REFERENCES deployments (organization_id, id) ON DELETE CASCADE
);

-- A deployment's log in the order of arrival: zstd of at most 256 KiB, by daily partition.
CREATE TABLE log_chunks (
  organization_id uuid NOT NULL,
  deployment_id   uuid NOT NULL,
  log_offset      bigint NOT NULL,
  length          integer NOT NULL CHECK (length BETWEEN 1 AND 262144),
  data            bytea NOT NULL,
  at              timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (deployment_id, log_offset, at)
) PARTITION BY RANGE (at);
CREATE TABLE log_chunks_default PARTITION OF log_chunks DEFAULT;
