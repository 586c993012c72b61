-- Sign-in: identities at providers, second factors, tokens for programs, the CLI's grants, SSH keys, and mail that is to
-- go out. New tables; new columns with constant defaults, so people and sessions are locked for moments only.

ALTER TABLE people
  ADD COLUMN email       text CHECK (length(email) <= 320),
  ADD COLUMN is_operator boolean NOT NULL DEFAULT false,
  ADD COLUMN disabled_at timestamptz;
-- Whoever came by a setup link until now runs the installation.
UPDATE people SET is_operator = true;

ALTER TABLE sessions
  ADD COLUMN proved_at     timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN second_factor boolean NOT NULL DEFAULT false;

-- A person at a provider is (issuer, subject), never an e-mail address.
CREATE TABLE person_identities (
  issuer          text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
  subject         text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
  person_id       uuid NOT NULL REFERENCES people,
  email           text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  last_sign_in_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX person_identities_by_person ON person_identities (person_id);

-- Settings of the installation that people change in the dashboard; one row each. Secrets are sealed.
CREATE TABLE sign_in_settings (
  id                   integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  issuer               text NOT NULL,
  client_id            text NOT NULL,
  client_secret_sealed text NOT NULL,
  allowed_domains      text[] NOT NULL DEFAULT '{}',
  allowed_emails       text[] NOT NULL DEFAULT '{}',
  generation           bigint NOT NULL DEFAULT 1,
  updated_at           timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE mail_settings (
  id              integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  url             text NOT NULL,
  username        text NOT NULL DEFAULT '',
  password_sealed text,
  sender          text NOT NULL,
  generation      bigint NOT NULL DEFAULT 1,
  updated_at      timestamptz NOT NULL DEFAULT now()
);

-- A browser on its way to the provider and back. State and browser are SHA-256; PKCE verifier and nonce are derived from
-- what only the browser holds.
CREATE TABLE sign_in_flows (
  state_sha256   bytea PRIMARY KEY CHECK (length(state_sha256) = 32),
  browser_sha256 bytea NOT NULL CHECK (length(browser_sha256) = 32),
  purpose        text NOT NULL CHECK (purpose IN ('sign_in', 'link', 'prove')),
  session_id     uuid REFERENCES sessions ON DELETE CASCADE,
  return_to      text NOT NULL,
  expires_at     timestamptz NOT NULL
);
CREATE INDEX sign_in_flows_by_expiry ON sign_in_flows (expires_at);

CREATE TABLE person_totp (
  person_id     uuid PRIMARY KEY REFERENCES people,
  secret_sealed text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  confirmed_at  timestamptz,
  last_step     bigint NOT NULL DEFAULT 0
);
CREATE TABLE recovery_codes (
  person_id   uuid NOT NULL REFERENCES people,
  code_sha256 bytea NOT NULL CHECK (length(code_sha256) = 32),
  used_at     timestamptz,
  PRIMARY KEY (person_id, code_sha256)
);
-- The provider said who it is, the second factor is still to come.
CREATE TABLE second_factor_waits (
  token_sha256 bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
  person_id    uuid NOT NULL REFERENCES people,
  return_to    text NOT NULL,
  expires_at   timestamptz NOT NULL
);
CREATE INDEX second_factor_waits_by_expiry ON second_factor_waits (expires_at);
-- Tries of second factors. A device that signed in before counts by itself: others cannot lock it out.
CREATE TABLE code_tries (
  person_id     uuid NOT NULL REFERENCES people,
  device_sha256 bytea NOT NULL,
  tries         integer NOT NULL,
  window_began  timestamptz NOT NULL,
  failures      integer NOT NULL DEFAULT 0,
  PRIMARY KEY (person_id, device_sha256)
);
CREATE TABLE person_devices (
  person_id     uuid NOT NULL REFERENCES people,
  device_sha256 bytea NOT NULL CHECK (length(device_sha256) = 32),
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_seen_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, device_sha256)
);

-- Tokens for programs: a person's, or an organization's (then the person is who made it).
CREATE TABLE tokens (
  id              uuid PRIMARY KEY,
  organization_id uuid REFERENCES organizations,
  person_id       uuid NOT NULL REFERENCES people,
  name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  prefix          text NOT NULL,
  token_sha256    bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  scope           text NOT NULL CHECK (scope IN ('read', 'deploy', 'write', 'admin')),
  projects        uuid[] NOT NULL DEFAULT '{}',
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  last_used_at    timestamptz,
  last_address    text NOT NULL DEFAULT '',
  revoked_at      timestamptz
);
CREATE INDEX tokens_by_person ON tokens (person_id);
CREATE INDEX tokens_by_organization ON tokens (organization_id);
CREATE INDEX tokens_by_prefix ON tokens (prefix);

-- A program that asked to be signed in, until a person decides (RFC 8628).
CREATE TABLE device_codes (
  id                 uuid PRIMARY KEY,
  device_code_sha256 bytea NOT NULL UNIQUE CHECK (length(device_code_sha256) = 32),
  user_code          text NOT NULL UNIQUE,
  client             text NOT NULL,
  address            text NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT now(),
  expires_at         timestamptz NOT NULL,
  person_id          uuid REFERENCES people,
  decision           text CHECK (decision IN ('approved', 'denied')),
  last_poll_at       timestamptz
);
CREATE INDEX device_codes_by_expiry ON device_codes (expires_at);
-- One signed-in CLI: the family of its refresh tokens.
CREATE TABLE cli_grants (
  id            uuid PRIMARY KEY,
  person_id     uuid NOT NULL REFERENCES people,
  client        text NOT NULL,
  address       text NOT NULL,
  second_factor boolean NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_used_at  timestamptz NOT NULL DEFAULT now(),
  revoked_at    timestamptz
);
CREATE INDEX cli_grants_by_person ON cli_grants (person_id);
CREATE TABLE cli_tokens (
  id                 uuid PRIMARY KEY,
  grant_id           uuid NOT NULL REFERENCES cli_grants,
  access_sha256      bytea NOT NULL UNIQUE CHECK (length(access_sha256) = 32),
  access_expires_at  timestamptz NOT NULL,
  refresh_sha256     bytea NOT NULL UNIQUE CHECK (length(refresh_sha256) = 32),
  refresh_expires_at timestamptz NOT NULL,
  spent_at           timestamptz
);
CREATE INDEX cli_tokens_by_grant ON cli_tokens (grant_id);

CREATE TABLE ssh_keys (
  id           uuid PRIMARY KEY,
  person_id    uuid NOT NULL REFERENCES people,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  algorithm    text NOT NULL,
  public_key   text NOT NULL,
  fingerprint  text NOT NULL CONSTRAINT ssh_keys_fingerprint UNIQUE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz
);
CREATE INDEX ssh_keys_by_person ON ssh_keys (person_id);

CREATE TABLE outgoing_mails (
  id              uuid PRIMARY KEY,
  recipient       text NOT NULL,
  subject         text NOT NULL,
  body            text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_error      text NOT NULL DEFAULT '',
  settled_at      timestamptz
);
CREATE INDEX outgoing_mails_waiting ON outgoing_mails (next_attempt_at) WHERE settled_at IS NULL;
