-- Daily partitions for feed and log_chunks, made ahead and dropped behind by one function. A new partition takes a short
-- lock on its parent; it is made two days ahead, when it is empty.

CREATE TABLE partition_state (
  parent        text PRIMARY KEY,
  dropped_below xid8 NOT NULL DEFAULT '0'   -- feed: cursors below this saw something dropped and must refetch
);
INSERT INTO partition_state (parent) VALUES ('feed'), ('log_chunks');

CREATE FUNCTION maintain_partitions(parent_name text, keep_days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  day date;
  part text;
  newest xid8;
  made integer := 0;
BEGIN
  FOR offset_days IN 0..2 LOOP
    day := (now() AT TIME ZONE 'UTC')::date + offset_days;
    part := parent_name || '_' || to_char(day, 'YYYYMMDD');
    IF to_regclass(part) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       part, parent_name, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
      EXCEPTION WHEN check_violation THEN
        NULL;  -- the default partition holds rows of that day already: they stay there
      END;
    END IF;
  END LOOP;
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = parent_name::regclass AND c.relname ~ ('^' || parent_name || '_[0-9]{8}$')
                AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - keep_days LOOP
    IF parent_name = 'feed' THEN
      EXECUTE format('SELECT transaction FROM %I ORDER BY transaction DESC LIMIT 1', part) INTO newest;
      UPDATE partition_state SET dropped_below = greatest(dropped_below, coalesce(newest, '0')) WHERE parent = 'feed';
    END IF;
    EXECUTE format('DROP TABLE %I', part);
  END LOOP;
  RETURN made;
END $$;

SELECT maintain_partitions('feed', 7);
SELECT maintain_partitions('log_chunks', 90);
