-- A signed-in CLI may do what needs a fresh proof once its person gave one in a browser.
-- New columns without defaults: each table is locked for a moment, nothing is rewritten or scanned.

ALTER TABLE cli_grants ADD COLUMN proved_at timestamptz;
-- grant_id: the CLI that asks for a proof; null: a program asks to be signed in.
ALTER TABLE device_codes
  ADD COLUMN grant_id  uuid REFERENCES cli_grants ON DELETE CASCADE,
  ADD COLUMN proved_at timestamptz;
