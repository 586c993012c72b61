-- The second wall between organizations: row-level security, forced, on every table with an organization_id.
--
-- Three roles. wh_owner owns the schema and runs migrations; wh_api serves requests and sees one organization, the one
-- that `wh.organization` names for the transaction; wh_system is the reconcilers' and sees all. A login role takes them
-- with SET ROLE, so a transaction that takes none of them and is no superuser sees nothing.
--
-- Locks: each table exclusively for a moment (catalogue changes only, no rewrite, no scan).

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['wh_owner', 'wh_api', 'wh_system'] LOOP
    -- Roles belong to the cluster: another database of it may be making them now.
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    IF NOT pg_has_role(current_user, name, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', name, current_user);
    END IF;
  END LOOP;
END $$;

GRANT USAGE, CREATE ON SCHEMA public TO wh_owner;
GRANT USAGE ON SCHEMA public TO wh_api, wh_system;

-- Nothing when no organization is set: `organization_id = NULL` is never true.
CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('wh.organization', true), '')::uuid $$;
CREATE FUNCTION current_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('wh.person', true), '')::uuid $$;

-- Tables whose rows are not simply one organization's. Where a table has a policy already, raise_tenant_walls leaves
-- the policies as they are.

-- A person sees their own memberships, and the names of their organizations, whatever organization a request is for.
CREATE POLICY tenant ON memberships TO wh_api
  USING (organization_id = current_organization()) WITH CHECK (organization_id = current_organization());
CREATE POLICY own ON memberships FOR SELECT TO wh_api USING (person_id = current_person());
CREATE POLICY platform ON memberships TO wh_owner, wh_system USING (true) WITH CHECK (true);

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON organizations FOR SELECT TO wh_api USING (id = current_organization());
CREATE POLICY tenant_change ON organizations FOR UPDATE TO wh_api
  USING (id = current_organization()) WITH CHECK (id = current_organization());
CREATE POLICY own ON organizations FOR SELECT TO wh_api USING (EXISTS (
  SELECT FROM memberships m WHERE m.organization_id = organizations.id AND m.person_id = current_person()));
CREATE POLICY platform ON organizations TO wh_owner, wh_system USING (true) WITH CHECK (true);

-- Changes of the machines that serve everybody belong to no organization.
CREATE POLICY tenant ON feed FOR SELECT TO wh_api
  USING (organization_id = current_organization() OR organization_id IS NULL);
CREATE POLICY tenant_append ON feed FOR INSERT TO wh_api
  WITH CHECK (organization_id = current_organization() OR organization_id IS NULL);
CREATE POLICY platform ON feed TO wh_owner, wh_system USING (true) WITH CHECK (true);

-- What belongs to no organization (a sign-in, a refusal) may be written by a request, and read by none.
CREATE POLICY tenant ON audit_events FOR SELECT TO wh_api USING (organization_id = current_organization());
CREATE POLICY tenant_append ON audit_events FOR INSERT TO wh_api
  WITH CHECK (organization_id = current_organization() OR organization_id IS NULL);
CREATE POLICY platform ON audit_events TO wh_owner, wh_system USING (true) WITH CHECK (true);

-- Raises the wall around every table with an organization_id that has none; how many it was. Runs after the migrations
-- of each start, so a new table cannot be forgotten. A partition is reached through its parent only.
CREATE FUNCTION raise_tenant_walls() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  bare record;
  raised integer := 0;
BEGIN
  FOR bare IN
    SELECT c.oid, c.oid::regclass AS name, c.relispartition,
           EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policies,
           EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = c.oid AND p.attname = 'person_id') AS has_person
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attname = 'organization_id' AND NOT a.attisdropped
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    ORDER BY c.relname
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', bare.name);
    IF NOT bare.has_policies THEN
      EXECUTE format('CREATE POLICY platform ON %s TO wh_owner, wh_system USING (true) WITH CHECK (true)', bare.name);
      IF NOT bare.relispartition THEN
        EXECUTE format('CREATE POLICY tenant ON %s TO wh_api USING (organization_id = current_organization()) '
                       'WITH CHECK (organization_id = current_organization())', bare.name);
        IF bare.has_person THEN  -- rows of no organization are their person's
          EXECUTE format('CREATE POLICY own ON %s TO wh_api '
                         'USING (organization_id IS NULL AND person_id = current_person()) '
                         'WITH CHECK (organization_id IS NULL AND person_id = current_person())', bare.name);
        END IF;
      END IF;
    END IF;
    raised := raised + 1;
  END LOOP;
  RETURN raised;
END $$;

-- Only the owner can make and drop partitions; the reconcilers ask it to. A new partition gets its wall at once.
CREATE OR REPLACE FUNCTION maintain_partitions(parent_name text, keep_days integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
  IF made > 0 THEN
    PERFORM raise_tenant_walls();
  END IF;
  RETURN made;
END $$;

-- Everything that stands becomes the owner's.
DO $$
DECLARE
  thing record;
BEGIN
  FOR thing IN SELECT c.oid::regclass AS name FROM pg_class c
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO wh_owner', thing.name);
  END LOOP;
  FOR thing IN SELECT p.oid::regprocedure AS name FROM pg_proc p
               WHERE p.pronamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO wh_owner', thing.name);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO wh_api, wh_system;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wh_api, wh_system;
ALTER DEFAULT PRIVILEGES FOR ROLE wh_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO wh_api, wh_system;
ALTER DEFAULT PRIVILEGES FOR ROLE wh_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO wh_api, wh_system;
-- What no request has to do with.
REVOKE ALL ON installation_keys, schema_migrations, leases, refresh_nonces, setup_links FROM wh_api;
REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM wh_system;
REVOKE EXECUTE ON FUNCTION maintain_partitions(text, integer), raise_tenant_walls() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maintain_partitions(text, integer) TO wh_system;

SELECT raise_tenant_walls();
