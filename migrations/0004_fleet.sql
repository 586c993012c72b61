-- Workers, their credentials, the keys that sign for them, and what each was told (assignments). New tables only.

-- The installation's own keys; private halves sealed under the master key.
CREATE TABLE installation_keys (
  purpose      text NOT NULL CHECK (purpose IN ('certification-authority', 'command', 'worker-token')),
  id           text NOT NULL,
  public_part  text NOT NULL DEFAULT '',
  private_sealed text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  retired_at   timestamptz,
  PRIMARY KEY (purpose, id)
);

CREATE TABLE workers (
  id                   uuid PRIMARY KEY,
  name                 text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  state                text NOT NULL CHECK (state IN ('pending', 'enrolled', 'online', 'unreachable', 'lost', 'revoked', 'duplicate')),
  cordoned             boolean NOT NULL DEFAULT false,
  draining             boolean NOT NULL DEFAULT false,
  api_key_hash         text NOT NULL,  -- sealed K; bound to this row and to gen
  previous_key_hash    text,           -- sealed K of gen - 1, for 10 minutes after a rotation
  previous_until       timestamptz,
  gen                  integer NOT NULL DEFAULT 1 CHECK (gen > 0),
  wireguard_public_key text NOT NULL,
  sealing_public_key   text NOT NULL,
  agent_version        text NOT NULL,
  facts                jsonb NOT NULL,
  run                  boolean NOT NULL DEFAULT false,
  build                boolean NOT NULL DEFAULT false,
  edge                 boolean NOT NULL DEFAULT false,
  registry             boolean NOT NULL DEFAULT false,
  session_epoch        bigint NOT NULL DEFAULT 0,
  epoch_offset         integer NOT NULL DEFAULT 0,
  boot_id              text,
  boot_changes         timestamptz[] NOT NULL DEFAULT '{}',
  last_seen_at         timestamptz,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX workers_by_state ON workers (state);

CREATE TABLE enrolment_tokens (
  id            uuid PRIMARY KEY,
  worker_name   text NOT NULL CHECK (worker_name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  token_sha256  bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  created_by    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  used_at       timestamptz,
  worker_id     uuid REFERENCES workers,
  api_key_sha256 bytea
);

-- Nonces of refresh requests, in the database and so for all instances; kept 5 minutes.
CREATE TABLE refresh_nonces (
  worker_id uuid NOT NULL REFERENCES workers,
  nonce     text NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (worker_id, nonce)
);
CREATE INDEX refresh_nonces_age ON refresh_nonces (at);

-- What a worker should have, by kind. dirty: its objects changed since the last command that was made.
CREATE TABLE assignments (
  worker_id          uuid NOT NULL REFERENCES workers,
  kind               text NOT NULL CHECK (kind IN ('replicas', 'routes', 'mesh')),
  epoch              bigint NOT NULL DEFAULT 0,
  generation         bigint NOT NULL DEFAULT 0 CHECK (generation BETWEEN 0 AND 9007199254740991),
  dirty              boolean NOT NULL DEFAULT true,
  applied_epoch      bigint NOT NULL DEFAULT 0,
  applied_generation bigint NOT NULL DEFAULT 0,
  outcome            text,
  reason             text,
  PRIMARY KEY (worker_id, kind)
);
CREATE INDEX assignments_dirty ON assignments (worker_id) WHERE dirty;

-- The objects of an assignment. sent_generation: the first command that held this body (or left the object out, when
-- removed); it is confirmed when applied_generation reached it.
CREATE TABLE assignment_objects (
  worker_id       uuid NOT NULL,
  kind            text NOT NULL,
  object_id       uuid NOT NULL,
  organization_id uuid NOT NULL REFERENCES organizations,
  sha256          text NOT NULL,
  body            text NOT NULL,
  removed         boolean NOT NULL DEFAULT false,
  sent_generation bigint,
  confirmed       boolean NOT NULL DEFAULT false,
  PRIMARY KEY (worker_id, kind, object_id),
  FOREIGN KEY (worker_id, kind) REFERENCES assignments (worker_id, kind)
);
CREATE INDEX assignment_objects_by_hash ON assignment_objects (worker_id, sha256);
CREATE INDEX assignment_objects_by_object ON assignment_objects (object_id, kind);
