-- Images of apps that were deleted for good: their deployments are gone, and nothing else names their tags. A row is the
-- work itself: it waits from `not_before` on, is leased to the worker that keeps the registry (as one more attempt), and
-- goes when the images are gone. A new table: no lock on others.

CREATE TABLE abandoned_images (
  id               uuid PRIMARY KEY,  -- and of the job that the agent runs
  organization_id  uuid NOT NULL REFERENCES organizations,
  repository       text NOT NULL,
  tags             text[] NOT NULL,
  not_before       timestamptz NOT NULL,
  attempt          integer NOT NULL DEFAULT 0,
  worker_id        uuid,
  dispatched       boolean NOT NULL DEFAULT false,
  lease_expires_at timestamptz,
  UNIQUE (organization_id, id),
  CHECK ((worker_id IS NULL) = (lease_expires_at IS NULL))
);
CREATE INDEX abandoned_images_by_repository ON abandoned_images (repository);
CREATE INDEX abandoned_images_by_worker ON abandoned_images (worker_id) WHERE worker_id IS NOT NULL;
