-- When a worker's refused envelopes were last written to the audit log: at most once a minute and worker, whichever
-- instances it talks to. A nullable column without a default: the lock on workers is held for an instant.

ALTER TABLE workers ADD COLUMN refusal_recorded_at timestamptz;
