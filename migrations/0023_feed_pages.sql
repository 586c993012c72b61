-- Pages of an organization's changes, newest first, are read from an index instead of through everybody's.
-- Locks: feed against writes while the index is built; it holds seven days of changes.
CREATE INDEX feed_by_organization ON feed (organization_id, transaction, id);
