-- What the platform itself needs before any module: leadership, the feed of changes, the audit log, idempotent writes.
-- Why here: every later table's module writes to feed and audit_events. New tables only: no lock on anything in use.

-- Leadership is a row (DESIGN 3): an effect begins with SELECT … WHERE name AND epoch FOR SHARE.
CREATE TABLE leases (
  name       text PRIMARY KEY,
  holder     text NOT NULL,
  epoch      bigint NOT NULL CHECK (epoch > 0),
  expires_at timestamptz NOT NULL
);

CREATE TABLE organizations (
  id         uuid PRIMARY KEY,
  slug       text NOT NULL UNIQUE CHECK (slug ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Every change of state as it happens, kept 7 days. Readers go by (transaction, id) and only below the oldest running
-- transaction: ids alone commit out of order. organization_id is null for what concerns the installation (workers).
CREATE TABLE feed (
  id              bigint GENERATED ALWAYS AS IDENTITY,
  transaction     xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at              timestamptz NOT NULL DEFAULT now(),
  organization_id uuid,
  kind            text NOT NULL,
  app_id          uuid,
  deployment_id   uuid,
  replica_id      uuid,
  worker_id       uuid,
  data            jsonb NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (at);
CREATE TABLE feed_default PARTITION OF feed DEFAULT;
CREATE INDEX feed_order ON feed (transaction, id);

-- What people, tokens and signed commands did. Append-only by trigger.
CREATE TABLE audit_events (
  id              uuid PRIMARY KEY,
  organization_id uuid REFERENCES organizations,
  at              timestamptz NOT NULL DEFAULT now(),
  actor_kind      text NOT NULL CHECK (actor_kind IN ('person', 'token', 'worker', 'system', 'nobody')),
  actor_id        text,
  action          text NOT NULL,
  object_kind     text,
  object_id       text,
  address         text,
  request_id      text,
  before          jsonb,
  after           jsonb
);
CREATE INDEX audit_events_by_organization ON audit_events (organization_id, at DESC, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A write with an Idempotency-Key stores its answer in the transaction of its effect; kept 24 h.
CREATE TABLE idempotency_keys (
  actor          text NOT NULL,
  key            text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  request_sha256 text NOT NULL,
  status         integer,
  body           text,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
