-- Organizations as people run them: undo of a deletion, limits, rules, invitations, roles of their own making and roles in
-- single projects; environments with branch patterns; and what requests used of their rate limits.
-- New tables; new columns that are nullable or have a constant default: locks for moments only.

ALTER TABLE organizations
  ADD COLUMN deleted_at             timestamptz,
  ADD COLUMN erased_at              timestamptz,
  ADD COLUMN second_factor_required boolean NOT NULL DEFAULT false,
  -- What the operator allows; null is without limit.
  ADD COLUMN most_apps          integer CHECK (most_apps >= 0),
  ADD COLUMN most_replicas      integer CHECK (most_replicas >= 0),
  ADD COLUMN most_memory_bytes  bigint  CHECK (most_memory_bytes >= 0),
  ADD COLUMN most_build_minutes integer CHECK (most_build_minutes >= 0);
CREATE INDEX organizations_deleted ON organizations (deleted_at) WHERE deleted_at IS NOT NULL AND erased_at IS NULL;

ALTER TABLE memberships
  ADD COLUMN limited_to_projects boolean NOT NULL DEFAULT false,
  ADD COLUMN permissions         text[];

CREATE TABLE project_members (
  organization_id uuid NOT NULL,
  project_id      uuid NOT NULL,
  person_id       uuid NOT NULL,
  role            text NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, person_id, project_id),
  FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, person_id) REFERENCES memberships (organization_id, person_id) ON DELETE CASCADE
);
CREATE INDEX project_members_by_project ON project_members (organization_id, project_id);

CREATE TABLE invitations (
  id              uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations,
  token_sha256    bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  email           text CHECK (length(email) <= 320),
  role            text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  invited_by      uuid NOT NULL REFERENCES people,
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  accepted_at     timestamptz,
  accepted_by     uuid REFERENCES people,
  revoked_at      timestamptz,
  UNIQUE (organization_id, id)
);
CREATE INDEX invitations_open ON invitations (organization_id, created_at) WHERE accepted_at IS NULL AND revoked_at IS NULL;

ALTER TABLE projects ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
-- Which branches an environment is for: names and `*`, matched whole; empty: none by itself.
ALTER TABLE environments
  ADD COLUMN branch_patterns text[] NOT NULL DEFAULT '{}',
  ADD COLUMN position        integer NOT NULL DEFAULT 0;

-- What was used of a bucket lately, over all instances; an instance adds up and writes once a second.
CREATE TABLE rate_usage (
  bucket     text PRIMARY KEY,
  tokens     double precision NOT NULL,
  per_second double precision NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rate_usage_age ON rate_usage (updated_at);
