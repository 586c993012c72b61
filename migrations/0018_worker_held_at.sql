-- Where other instances reach the one that a worker is connected to: they read its logs through it. A short lock of
-- workers; the default writes no row.
ALTER TABLE workers ADD COLUMN held_at text NOT NULL DEFAULT '';
