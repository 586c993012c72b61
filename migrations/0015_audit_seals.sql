-- The log that holds: who did it in words, what app it concerns, and seals. Committed events wait in audit_pending, in the
-- order of their transactions; a sealer chains them per organization into audit_seals and signs each end.
-- Locks: audit_events exclusively, for as long as it takes to add columns without defaults; installation_keys is small.

ALTER TABLE audit_events
  ADD COLUMN actor_name    text,
  ADD COLUMN credential    text,  -- session, personal_token, organization_token or cli
  ADD COLUMN credential_id uuid,
  ADD COLUMN user_agent    text,
  ADD COLUMN app_id        uuid;
CREATE INDEX audit_events_by_app ON audit_events (app_id, at DESC, id) WHERE app_id IS NOT NULL;
CREATE INDEX audit_events_by_actor ON audit_events (organization_id, actor_id, at DESC);

-- What is not sealed yet. Written by the trigger below in the transaction of the event, emptied by the sealer.
CREATE TABLE audit_pending (
  event_id    uuid PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  position    bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX audit_pending_order ON audit_pending (transaction, position);

-- chain: the organization, or nil for what belongs to none. hash: over the one before and the event. Only the last of
-- what was sealed at once is signed.
CREATE TABLE audit_seals (
  chain           uuid NOT NULL,
  organization_id uuid,
  sequence        bigint NOT NULL CHECK (sequence > 0),
  event_id        uuid NOT NULL UNIQUE,
  hash            bytea NOT NULL CHECK (length(hash) = 32),
  signature       bytea CHECK (length(signature) = 64),
  key_id          text,
  sealed_at       timestamptz NOT NULL,
  PRIMARY KEY (chain, sequence),
  CHECK (chain = coalesce(organization_id, '00000000-0000-0000-0000-000000000000')),
  CHECK ((signature IS NULL) = (key_id IS NULL))
);
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE ON audit_seals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON audit_seals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- As the owner: who may write an event need not see what waits.
CREATE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_pending (event_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER audit_events_wait AFTER INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_event_waits();
INSERT INTO audit_pending (event_id) SELECT id FROM audit_events ORDER BY at, id;

ALTER TABLE installation_keys DROP CONSTRAINT installation_keys_purpose_check,
  ADD CONSTRAINT installation_keys_purpose_check CHECK (purpose IN ('certification-authority', 'command', 'worker-token', 'audit'));

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'wh_api') THEN
    REVOKE ALL ON audit_pending FROM wh_api;
    REVOKE INSERT, UPDATE, DELETE ON audit_seals FROM wh_api;
  END IF;
END $$;
