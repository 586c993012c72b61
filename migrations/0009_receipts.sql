-- Receipts: what each edge counted while an app went over to a deployment's release. One row for each edge and switch,
-- written again until it is final, so that edges may be connected to different instances. A new table: no lock on others
-- but the foreign key's short one on deployments.

CREATE TABLE deployment_receipts (
  organization_id uuid NOT NULL,
  deployment_id   uuid NOT NULL,
  worker_id       uuid NOT NULL REFERENCES workers,
  opened_at       timestamptz NOT NULL,
  final           boolean NOT NULL,
  measured        jsonb NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (deployment_id, worker_id, opened_at),
  FOREIGN KEY (organization_id, deployment_id) REFERENCES deployments (organization_id, id) ON DELETE CASCADE
);
