-- How many requests one address may make of an app a minute (0: as many as it likes), and how many at once.
-- A short lock of app_environments; constant defaults write no row. The old program ignores both.

ALTER TABLE app_environments
  ADD COLUMN requests_per_minute integer NOT NULL DEFAULT 0 CHECK (requests_per_minute BETWEEN 0 AND 1000000),
  ADD COLUMN request_burst integer NOT NULL DEFAULT 100 CHECK (request_burst BETWEEN 1 AND 100000);
