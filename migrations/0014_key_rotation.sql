-- Keys that can be replaced: which master key data keys are wrapped under, the installation's own data key (what was
-- sealed under the master key itself until now goes under it), and a key for each organization's fingerprints.
-- New tables only: no lock on anything in use. Programs of the version before go on sealing as they did.

-- One row, held by everyone who makes a data key, so that a rotation waits for them.
CREATE TABLE master_key_in_use (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  key_id text NOT NULL CHECK (length(key_id) BETWEEN 1 AND 100),
  since  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE installation_data_keys (
  version    integer PRIMARY KEY CHECK (version > 0),
  key_sealed text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE organization_mac_keys (
  organization_id uuid PRIMARY KEY REFERENCES organizations,
  key_sealed      text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);
