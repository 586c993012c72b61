-- Which images of an app stay in the registry (REG-05). A new table, a nullable column and an index on a part of deployments
-- that is small before the first collection: nothing is rewritten, each lock is held for a moment. The old program goes
-- on: it keeps every image.

-- A release never changes; what is decided about its image stands here. No row: kept as long as it is recent or needed.
CREATE TABLE release_images (
  release_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  pinned boolean NOT NULL DEFAULT false,  -- kept by hand, whatever its age
  removed_at timestamptz,                 -- given up: nothing can go back to it
  UNIQUE (organization_id, release_id),
  FOREIGN KEY (organization_id, release_id) REFERENCES releases (organization_id, id) ON DELETE CASCADE,
  CHECK (NOT (pinned AND removed_at IS NOT NULL))
);
CREATE INDEX release_images_by_environment ON release_images (app_environment_id);

-- The job that removes (or removed) what this deployment's build pushed.
ALTER TABLE deployments ADD COLUMN collect_job_id uuid;
CREATE INDEX deployments_not_collected ON deployments (app_environment_id)
  WHERE collect_job_id IS NULL AND copies_release_id IS NULL AND state IN ('failed', 'cancelled', 'superseded');
