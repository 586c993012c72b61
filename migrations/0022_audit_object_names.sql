-- What an event was about, as people called it then: apps, members and tokens that are gone keep their names in the log.
-- Locks: audit_events exclusively, for as long as it takes to add a column without a default.
ALTER TABLE audit_events ADD COLUMN object_name text;
