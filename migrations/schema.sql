CREATE FUNCTION public.audit_event_waits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  INSERT INTO audit_pending (event_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE FUNCTION public.check_deployment_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF OLD.state <> NEW.state AND NOT (
       (OLD.state = 'queued'    AND NEW.state IN ('building', 'built', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'building'  AND NEW.state IN ('built', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'built'     AND NEW.state IN ('releasing', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'releasing' AND NEW.state IN ('live', 'failed', 'cancelled', 'superseded'))
    OR (OLD.state = 'live'      AND NEW.state = 'superseded')) THEN
    RAISE EXCEPTION 'deployment % cannot go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state NOT IN ('queued', 'building') AND
     (OLD.commit_id, OLD.image_digest, OLD.git_url, OLD.number) IS DISTINCT FROM
     (NEW.commit_id, NEW.image_digest, NEW.git_url, NEW.number) THEN
    RAISE EXCEPTION 'deployment % is immutable once built', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION public.current_organization() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('wh.organization', true), '')::uuid $$;
CREATE FUNCTION public.current_person() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('wh.person', true), '')::uuid $$;
CREATE FUNCTION public.maintain_partitions(parent_name text, keep_days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
END $_$;
CREATE FUNCTION public.raise_tenant_walls() RETURNS integer
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TABLE public.abandoned_images (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    repository text NOT NULL,
    tags text[] NOT NULL,
    not_before timestamp with time zone NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    worker_id uuid,
    dispatched boolean DEFAULT false NOT NULL,
    lease_expires_at timestamp with time zone,
    CONSTRAINT abandoned_images_check CHECK (((worker_id IS NULL) = (lease_expires_at IS NULL)))
);
ALTER TABLE ONLY public.abandoned_images FORCE ROW LEVEL SECURITY;
CREATE TABLE public.app_environments (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_id uuid NOT NULL,
    environment_id uuid NOT NULL,
    host text NOT NULL,
    git_url text NOT NULL,
    branch text NOT NULL,
    containerfile text,
    port integer DEFAULT 8080 NOT NULL,
    health_path text DEFAULT '/'::text NOT NULL,
    desired_replicas integer DEFAULT 1 NOT NULL,
    cpu_millis integer DEFAULT 500 NOT NULL,
    memory_bytes bigint DEFAULT 268435456 NOT NULL,
    pids integer DEFAULT 512 NOT NULL,
    stopped boolean DEFAULT false NOT NULL,
    deleting_at timestamp with time zone,
    automatic_deploys_paused boolean DEFAULT false NOT NULL,
    current_release_id uuid,
    target_release_id uuid,
    next_deployment_number bigint DEFAULT 1 NOT NULL,
    next_release_number bigint DEFAULT 1 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    reconcile_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    disk_bytes bigint DEFAULT '2147483648'::bigint NOT NULL,
    read_only boolean DEFAULT false NOT NULL,
    static_directory text,
    requests_per_minute integer DEFAULT 0 NOT NULL,
    request_burst integer DEFAULT 100 NOT NULL,
    build_image text,
    install_command text,
    build_command text,
    start_command text,
    CONSTRAINT app_environments_commands CHECK (((build_image IS NULL) = (start_command IS NULL))),
    CONSTRAINT app_environments_cpu_millis_check CHECK (((cpu_millis >= 50) AND (cpu_millis <= 64000))),
    CONSTRAINT app_environments_desired_replicas_check CHECK (((desired_replicas >= 0) AND (desired_replicas <= 100))),
    CONSTRAINT app_environments_disk_bytes_check CHECK ((disk_bytes >= 16777216)),
    CONSTRAINT app_environments_memory_bytes_check CHECK ((memory_bytes >= 33554432)),
    CONSTRAINT app_environments_pids_check CHECK (((pids >= 16) AND (pids <= 32768))),
    CONSTRAINT app_environments_port_check CHECK (((port >= 1) AND (port <= 65535))),
    CONSTRAINT app_environments_request_burst_check CHECK (((request_burst >= 1) AND (request_burst <= 100000))),
    CONSTRAINT app_environments_requests_per_minute_check CHECK (((requests_per_minute >= 0) AND (requests_per_minute <= 1000000)))
);
ALTER TABLE ONLY public.app_environments FORCE ROW LEVEL SECURITY;
CREATE TABLE public.apps (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    kind text DEFAULT 'web'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT apps_kind_check CHECK ((kind = ANY (ARRAY['web'::text, 'worker'::text, 'cron'::text, 'function'::text, 'database'::text]))),
    CONSTRAINT apps_name_check CHECK ((name ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'::text))
);
ALTER TABLE ONLY public.apps FORCE ROW LEVEL SECURITY;
CREATE TABLE public.assignment_objects (
    worker_id uuid NOT NULL,
    kind text NOT NULL,
    object_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    sha256 text NOT NULL,
    body text NOT NULL,
    removed boolean DEFAULT false NOT NULL,
    sent_generation bigint,
    confirmed boolean DEFAULT false NOT NULL
);
ALTER TABLE ONLY public.assignment_objects FORCE ROW LEVEL SECURITY;
CREATE TABLE public.assignments (
    worker_id uuid NOT NULL,
    kind text NOT NULL,
    epoch bigint DEFAULT 0 NOT NULL,
    generation bigint DEFAULT 0 NOT NULL,
    dirty boolean DEFAULT true NOT NULL,
    applied_epoch bigint DEFAULT 0 NOT NULL,
    applied_generation bigint DEFAULT 0 NOT NULL,
    outcome text,
    reason text,
    CONSTRAINT assignments_generation_check CHECK (((generation >= 0) AND (generation <= '9007199254740991'::bigint))),
    CONSTRAINT assignments_kind_check CHECK ((kind = ANY (ARRAY['replicas'::text, 'routes'::text, 'mesh'::text])))
);
CREATE TABLE public.audit_events (
    id uuid NOT NULL,
    organization_id uuid,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor_kind text NOT NULL,
    actor_id text,
    action text NOT NULL,
    object_kind text,
    object_id text,
    address text,
    request_id text,
    before jsonb,
    after jsonb,
    actor_name text,
    credential text,
    credential_id uuid,
    user_agent text,
    app_id uuid,
    object_name text,
    CONSTRAINT audit_events_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['person'::text, 'token'::text, 'hook'::text, 'worker'::text, 'system'::text, 'nobody'::text])))
);
ALTER TABLE ONLY public.audit_events FORCE ROW LEVEL SECURITY;
CREATE TABLE public.audit_pending (
    event_id uuid NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    "position" bigint NOT NULL
);
ALTER TABLE public.audit_pending ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_pending_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_seals (
    chain uuid NOT NULL,
    organization_id uuid,
    sequence bigint NOT NULL,
    event_id uuid NOT NULL,
    hash bytea NOT NULL,
    signature bytea,
    key_id text,
    sealed_at timestamp with time zone NOT NULL,
    CONSTRAINT audit_seals_check CHECK ((chain = COALESCE(organization_id, '00000000-0000-0000-0000-000000000000'::uuid))),
    CONSTRAINT audit_seals_check1 CHECK (((signature IS NULL) = (key_id IS NULL))),
    CONSTRAINT audit_seals_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT audit_seals_sequence_check CHECK ((sequence > 0)),
    CONSTRAINT audit_seals_signature_check CHECK ((length(signature) = 64))
);
ALTER TABLE ONLY public.audit_seals FORCE ROW LEVEL SECURITY;
CREATE TABLE public.cli_grants (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    client text NOT NULL,
    address text NOT NULL,
    second_factor boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    proved_at timestamp with time zone
);
CREATE TABLE public.cli_tokens (
    id uuid NOT NULL,
    grant_id uuid NOT NULL,
    access_sha256 bytea NOT NULL,
    access_expires_at timestamp with time zone NOT NULL,
    refresh_sha256 bytea NOT NULL,
    refresh_expires_at timestamp with time zone NOT NULL,
    spent_at timestamp with time zone,
    CONSTRAINT cli_tokens_access_sha256_check CHECK ((length(access_sha256) = 32)),
    CONSTRAINT cli_tokens_refresh_sha256_check CHECK ((length(refresh_sha256) = 32))
);
CREATE TABLE public.code_tries (
    person_id uuid NOT NULL,
    device_sha256 bytea NOT NULL,
    tries integer NOT NULL,
    window_began timestamp with time zone NOT NULL,
    failures integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.data_keys (
    organization_id uuid NOT NULL,
    version integer NOT NULL,
    key_sealed text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT data_keys_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY public.data_keys FORCE ROW LEVEL SECURITY;
CREATE TABLE public.deploy_hooks (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    token_sha256 bytea NOT NULL,
    made_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    last_used_from text DEFAULT ''::text NOT NULL,
    CONSTRAINT deploy_hooks_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT deploy_hooks_token_sha256_check CHECK ((length(token_sha256) = 32))
);
ALTER TABLE ONLY public.deploy_hooks FORCE ROW LEVEL SECURITY;
CREATE TABLE public.deployment_logs (
    deployment_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    complete boolean DEFAULT false NOT NULL
);
ALTER TABLE ONLY public.deployment_logs FORCE ROW LEVEL SECURITY;
CREATE TABLE public.deployment_receipts (
    organization_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    worker_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    final boolean NOT NULL,
    measured jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.deployment_receipts FORCE ROW LEVEL SECURITY;
CREATE TABLE public.deployments (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    number bigint NOT NULL,
    trigger text NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    git_url text NOT NULL,
    branch text NOT NULL,
    containerfile text,
    commit_id text,
    commit_message text,
    copies_release_id uuid,
    image_repository text,
    image_digest text,
    release_id uuid,
    cancel_requested boolean DEFAULT false NOT NULL,
    failure_step text,
    failure_code text,
    failure_message text,
    failure_exit_code integer,
    failure_lines text[],
    failure_hint text,
    status_text text DEFAULT 'Waiting for a build slot.'::text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    building_at timestamp with time zone,
    built_at timestamp with time zone,
    releasing_at timestamp with time zone,
    live_at timestamp with time zone,
    finished_at timestamp with time zone,
    collect_job_id uuid,
    static_directory text,
    content_hash text,
    build_image text,
    install_command text,
    build_command text,
    start_command text,
    CONSTRAINT deployments_check CHECK (((state = 'failed'::text) = (failure_step IS NOT NULL))),
    CONSTRAINT deployments_commands CHECK (((build_image IS NULL) = (start_command IS NULL))),
    CONSTRAINT deployments_number_check CHECK ((number > 0)),
    CONSTRAINT deployments_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'building'::text, 'built'::text, 'releasing'::text, 'live'::text, 'failed'::text, 'cancelled'::text, 'superseded'::text]))),
    CONSTRAINT deployments_trigger_check CHECK ((trigger = ANY (ARRAY['push'::text, 'webhook'::text, 'manual'::text, 'api'::text, 'rollback'::text, 'restart'::text, 'variables'::text, 'schedule'::text])))
);
ALTER TABLE ONLY public.deployments FORCE ROW LEVEL SECURITY;
CREATE TABLE public.device_codes (
    id uuid NOT NULL,
    device_code_sha256 bytea NOT NULL,
    user_code text NOT NULL,
    client text NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    person_id uuid,
    decision text,
    last_poll_at timestamp with time zone,
    grant_id uuid,
    proved_at timestamp with time zone,
    CONSTRAINT device_codes_decision_check CHECK ((decision = ANY (ARRAY['approved'::text, 'denied'::text]))),
    CONSTRAINT device_codes_device_code_sha256_check CHECK ((length(device_code_sha256) = 32))
);
CREATE TABLE public.enrolment_tokens (
    id uuid NOT NULL,
    worker_name text NOT NULL,
    token_sha256 bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    worker_id uuid,
    api_key_sha256 bytea,
    CONSTRAINT enrolment_tokens_token_sha256_check CHECK ((length(token_sha256) = 32)),
    CONSTRAINT enrolment_tokens_worker_name_check CHECK ((worker_name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text))
);
CREATE TABLE public.environments (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    branch_patterns text[] DEFAULT '{}'::text[] NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    CONSTRAINT environments_name_check CHECK ((name ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'::text))
);
ALTER TABLE ONLY public.environments FORCE ROW LEVEL SECURITY;
CREATE TABLE public.feed (
    id bigint NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    organization_id uuid,
    kind text NOT NULL,
    app_id uuid,
    deployment_id uuid,
    replica_id uuid,
    worker_id uuid,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
)
PARTITION BY RANGE (at);
ALTER TABLE ONLY public.feed FORCE ROW LEVEL SECURITY;
CREATE TABLE public.feed_default (
    id bigint NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    organization_id uuid,
    kind text NOT NULL,
    app_id uuid,
    deployment_id uuid,
    replica_id uuid,
    worker_id uuid,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE ONLY public.feed_default FORCE ROW LEVEL SECURITY;
ALTER TABLE public.feed ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.feed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.idempotency_keys (
    actor text NOT NULL,
    key text NOT NULL,
    request_sha256 text NOT NULL,
    status integer,
    body text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);
CREATE TABLE public.installation_data_keys (
    version integer NOT NULL,
    key_sealed text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT installation_data_keys_version_check CHECK ((version > 0))
);
CREATE TABLE public.installation_keys (
    purpose text NOT NULL,
    id text NOT NULL,
    public_part text DEFAULT ''::text NOT NULL,
    private_sealed text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT installation_keys_purpose_check CHECK ((purpose = ANY (ARRAY['certification-authority'::text, 'command'::text, 'worker-token'::text, 'audit'::text])))
);
CREATE TABLE public.invitations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    token_sha256 bytea NOT NULL,
    email text,
    role text NOT NULL,
    invited_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    accepted_by uuid,
    revoked_at timestamp with time zone,
    CONSTRAINT invitations_email_check CHECK ((length(email) <= 320)),
    CONSTRAINT invitations_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text]))),
    CONSTRAINT invitations_token_sha256_check CHECK ((length(token_sha256) = 32))
);
ALTER TABLE ONLY public.invitations FORCE ROW LEVEL SECURITY;
CREATE TABLE public.jobs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    kind text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    worker_id uuid,
    dispatched boolean DEFAULT false NOT NULL,
    cancel_requested boolean DEFAULT false NOT NULL,
    lease_expires_at timestamp with time zone,
    phase text,
    result jsonb,
    error jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    assigned_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT jobs_attempt_check CHECK (((attempt >= 1) AND (attempt <= 5))),
    CONSTRAINT jobs_kind_check CHECK ((kind = ANY (ARRAY['build'::text, 'run'::text, 'exec'::text, 'backup'::text, 'restore'::text, 'collect'::text]))),
    CONSTRAINT jobs_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'assigned'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY public.jobs FORCE ROW LEVEL SECURITY;
CREATE TABLE public.leases (
    name text NOT NULL,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT leases_epoch_check CHECK ((epoch > 0))
);
CREATE TABLE public.log_chunks (
    organization_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    log_offset bigint NOT NULL,
    length integer NOT NULL,
    data bytea NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT log_chunks_length_check CHECK (((length >= 1) AND (length <= 262144)))
)
PARTITION BY RANGE (at);
ALTER TABLE ONLY public.log_chunks FORCE ROW LEVEL SECURITY;
CREATE TABLE public.log_chunks_default (
    organization_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    log_offset bigint NOT NULL,
    length integer NOT NULL,
    data bytea NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT log_chunks_length_check CHECK (((length >= 1) AND (length <= 262144)))
);
ALTER TABLE ONLY public.log_chunks_default FORCE ROW LEVEL SECURITY;
CREATE TABLE public.log_drains (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    has_token boolean NOT NULL,
    target_sealed text NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    "position" text DEFAULT ''::text NOT NULL,
    delivered_lines bigint DEFAULT 0 NOT NULL,
    delivered_at timestamp with time zone,
    failing_since timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL,
    CONSTRAINT log_drains_kind_check CHECK ((kind = ANY (ARRAY['http'::text, 'syslog'::text])))
);
ALTER TABLE ONLY public.log_drains FORCE ROW LEVEL SECURITY;
CREATE TABLE public.log_streams (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    job_id uuid NOT NULL,
    attempt integer NOT NULL,
    deployment_id uuid NOT NULL,
    next_offset bigint DEFAULT 0 NOT NULL,
    closed boolean DEFAULT false NOT NULL
);
ALTER TABLE ONLY public.log_streams FORCE ROW LEVEL SECURITY;
CREATE TABLE public.mail_settings (
    id integer DEFAULT 1 NOT NULL,
    url text NOT NULL,
    username text DEFAULT ''::text NOT NULL,
    password_sealed text,
    sender text NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT mail_settings_id_check CHECK ((id = 1))
);
CREATE TABLE public.master_key_in_use (
    one boolean DEFAULT true NOT NULL,
    key_id text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT master_key_in_use_key_id_check CHECK (((length(key_id) >= 1) AND (length(key_id) <= 100))),
    CONSTRAINT master_key_in_use_one_check CHECK (one)
);
CREATE TABLE public.memberships (
    organization_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    limited_to_projects boolean DEFAULT false NOT NULL,
    permissions text[],
    CONSTRAINT memberships_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text])))
);
ALTER TABLE ONLY public.memberships FORCE ROW LEVEL SECURITY;
CREATE TABLE public.organization_mac_keys (
    organization_id uuid NOT NULL,
    key_sealed text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE ONLY public.organization_mac_keys FORCE ROW LEVEL SECURITY;
CREATE TABLE public.organizations (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    erased_at timestamp with time zone,
    second_factor_required boolean DEFAULT false NOT NULL,
    most_apps integer,
    most_replicas integer,
    most_memory_bytes bigint,
    most_build_minutes integer,
    CONSTRAINT organizations_most_apps_check CHECK ((most_apps >= 0)),
    CONSTRAINT organizations_most_build_minutes_check CHECK ((most_build_minutes >= 0)),
    CONSTRAINT organizations_most_memory_bytes_check CHECK ((most_memory_bytes >= 0)),
    CONSTRAINT organizations_most_replicas_check CHECK ((most_replicas >= 0)),
    CONSTRAINT organizations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT organizations_slug_check CHECK ((slug ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'::text))
);
ALTER TABLE ONLY public.organizations FORCE ROW LEVEL SECURITY;
CREATE TABLE public.outgoing_mails (
    id uuid NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    last_error text DEFAULT ''::text NOT NULL,
    settled_at timestamp with time zone
);
CREATE TABLE public.partition_state (
    parent text NOT NULL,
    dropped_below xid8 DEFAULT '0'::xid8 NOT NULL
);
CREATE TABLE public.people (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    email text,
    is_operator boolean DEFAULT false NOT NULL,
    disabled_at timestamp with time zone,
    theme text,
    CONSTRAINT people_email_check CHECK ((length(email) <= 320)),
    CONSTRAINT people_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT people_theme_check CHECK ((theme = ANY (ARRAY['system'::text, 'light'::text, 'dark'::text])))
);
CREATE TABLE public.person_devices (
    person_id uuid NOT NULL,
    device_sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT person_devices_device_sha256_check CHECK ((length(device_sha256) = 32))
);
CREATE TABLE public.person_identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    person_id uuid NOT NULL,
    email text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_sign_in_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT person_identities_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 500))),
    CONSTRAINT person_identities_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 255)))
);
CREATE TABLE public.person_totp (
    person_id uuid NOT NULL,
    secret_sealed text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.project_members (
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT project_members_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'member'::text, 'viewer'::text])))
);
ALTER TABLE ONLY public.project_members FORCE ROW LEVEL SECURITY;
CREATE TABLE public.projects (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT projects_slug_check CHECK ((slug ~ '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'::text))
);
ALTER TABLE ONLY public.projects FORCE ROW LEVEL SECURITY;
CREATE TABLE public.rate_usage (
    bucket text NOT NULL,
    tokens double precision NOT NULL,
    per_second double precision NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.recovery_codes (
    person_id uuid NOT NULL,
    code_sha256 bytea NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_codes_code_sha256_check CHECK ((length(code_sha256) = 32))
);
CREATE TABLE public.refresh_nonces (
    worker_id uuid NOT NULL,
    nonce text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.release_images (
    release_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    pinned boolean DEFAULT false NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT release_images_check CHECK ((NOT (pinned AND (removed_at IS NOT NULL))))
);
ALTER TABLE ONLY public.release_images FORCE ROW LEVEL SECURITY;
CREATE TABLE public.release_variables (
    organization_id uuid NOT NULL,
    release_id uuid NOT NULL,
    name text NOT NULL,
    value_sealed text NOT NULL,
    generation bigint NOT NULL,
    build_time boolean DEFAULT false NOT NULL,
    run_time boolean DEFAULT true NOT NULL,
    fingerprint text
);
ALTER TABLE ONLY public.release_variables FORCE ROW LEVEL SECURITY;
CREATE TABLE public.released_ports (
    worker_id uuid NOT NULL,
    port integer NOT NULL,
    released_at timestamp with time zone NOT NULL,
    app_environment_id uuid,
    edges_confirmed boolean DEFAULT false NOT NULL
);
CREATE TABLE public.releases (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    number bigint NOT NULL,
    image_repository text NOT NULL,
    image_digest text NOT NULL,
    commit_id text,
    port integer NOT NULL,
    health_path text NOT NULL,
    cpu_millis integer NOT NULL,
    memory_bytes bigint NOT NULL,
    pids integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disk_bytes bigint DEFAULT '2147483648'::bigint NOT NULL,
    read_only boolean DEFAULT false NOT NULL,
    content_hash text,
    CONSTRAINT releases_disk_bytes_check CHECK ((disk_bytes >= 16777216)),
    CONSTRAINT releases_image_digest_check CHECK ((image_digest ~ '^sha256:[0-9a-f]{64}$'::text)),
    CONSTRAINT releases_number_check CHECK ((number > 0))
);
ALTER TABLE ONLY public.releases FORCE ROW LEVEL SECURITY;
CREATE TABLE public.replicas (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    release_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    index integer NOT NULL,
    worker_id uuid NOT NULL,
    publish_address text NOT NULL,
    publish_port integer NOT NULL,
    placement jsonb DEFAULT '{}'::jsonb NOT NULL,
    desired text DEFAULT 'running'::text NOT NULL,
    routing text DEFAULT 'none'::text NOT NULL,
    routing_since timestamp with time zone DEFAULT now() NOT NULL,
    phase text DEFAULT 'pending'::text NOT NULL,
    health text DEFAULT 'unknown'::text NOT NULL,
    container_id text,
    restarts integer DEFAULT 0 NOT NULL,
    exit_code integer,
    reason text,
    observed_since timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    cause text,
    restart_at timestamp with time zone,
    observed_at timestamp with time zone,
    first_ready_at timestamp with time zone,
    CONSTRAINT replicas_desired_check CHECK ((desired = ANY (ARRAY['running'::text, 'stopped'::text]))),
    CONSTRAINT replicas_health_check CHECK ((health = ANY (ARRAY['unknown'::text, 'healthy'::text, 'unhealthy'::text]))),
    CONSTRAINT replicas_index_check CHECK ((index >= 0)),
    CONSTRAINT replicas_phase_check CHECK ((phase = ANY (ARRAY['pending'::text, 'pulling'::text, 'starting'::text, 'running'::text, 'stopping'::text, 'stopped'::text, 'failed'::text]))),
    CONSTRAINT replicas_publish_port_check CHECK (((publish_port >= 1) AND (publish_port <= 65535))),
    CONSTRAINT replicas_routing_check CHECK ((routing = ANY (ARRAY['none'::text, 'ready'::text, 'drain'::text])))
);
ALTER TABLE ONLY public.replicas FORCE ROW LEVEL SECURITY;
CREATE TABLE public.rollouts (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    from_release_id uuid,
    to_release_id uuid NOT NULL,
    strategy text DEFAULT 'rolling'::text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    step text DEFAULT 'starting'::text NOT NULL,
    progress_deadline timestamp with time zone NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT rollouts_state_check CHECK ((state = ANY (ARRAY['active'::text, 'done'::text, 'failed'::text, 'superseded'::text, 'cancelled'::text]))),
    CONSTRAINT rollouts_strategy_check CHECK ((strategy = ANY (ARRAY['rolling'::text, 'blue-green'::text, 'canary'::text, 'recreate'::text])))
);
ALTER TABLE ONLY public.rollouts FORCE ROW LEVEL SECURITY;
CREATE TABLE public.schema_migrations (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.second_factor_waits (
    token_sha256 bytea NOT NULL,
    person_id uuid NOT NULL,
    return_to text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT second_factor_waits_token_sha256_check CHECK ((length(token_sha256) = 32))
);
CREATE TABLE public.sessions (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    token_sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL,
    user_agent text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    revoked_at timestamp with time zone,
    proved_at timestamp with time zone DEFAULT now() NOT NULL,
    second_factor boolean DEFAULT false NOT NULL,
    CONSTRAINT sessions_token_sha256_check CHECK ((length(token_sha256) = 32))
);
CREATE TABLE public.setup_links (
    id uuid NOT NULL,
    token_sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT setup_links_token_sha256_check CHECK ((length(token_sha256) = 32))
);
CREATE TABLE public.shared_variables (
    organization_id uuid NOT NULL,
    project_id uuid,
    environment_id uuid,
    scope_id uuid GENERATED ALWAYS AS (COALESCE(environment_id, project_id, organization_id)) STORED NOT NULL,
    name text NOT NULL,
    value_sealed text NOT NULL,
    generation bigint NOT NULL,
    build_time boolean DEFAULT false NOT NULL,
    run_time boolean DEFAULT true NOT NULL,
    expand boolean DEFAULT false NOT NULL,
    refers_to text[] DEFAULT '{}'::text[] NOT NULL,
    fingerprint text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT shared_variables_check CHECK ((num_nonnulls(project_id, environment_id) <= 1)),
    CONSTRAINT shared_variables_name_check CHECK ((name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'::text))
);
ALTER TABLE ONLY public.shared_variables FORCE ROW LEVEL SECURITY;
CREATE TABLE public.sign_in_flows (
    state_sha256 bytea NOT NULL,
    browser_sha256 bytea NOT NULL,
    purpose text NOT NULL,
    session_id uuid,
    return_to text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_flows_browser_sha256_check CHECK ((length(browser_sha256) = 32)),
    CONSTRAINT sign_in_flows_purpose_check CHECK ((purpose = ANY (ARRAY['sign_in'::text, 'link'::text, 'prove'::text]))),
    CONSTRAINT sign_in_flows_state_sha256_check CHECK ((length(state_sha256) = 32))
);
CREATE TABLE public.sign_in_settings (
    id integer DEFAULT 1 NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_secret_sealed text NOT NULL,
    allowed_domains text[] DEFAULT '{}'::text[] NOT NULL,
    allowed_emails text[] DEFAULT '{}'::text[] NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sign_in_settings_id_check CHECK ((id = 1))
);
CREATE TABLE public.ssh_keys (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    algorithm text NOT NULL,
    public_key text NOT NULL,
    fingerprint text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT ssh_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);
CREATE TABLE public.tokens (
    id uuid NOT NULL,
    organization_id uuid,
    person_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    token_sha256 bytea NOT NULL,
    scope text NOT NULL,
    projects uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    last_address text DEFAULT ''::text NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT tokens_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT tokens_scope_check CHECK ((scope = ANY (ARRAY['read'::text, 'deploy'::text, 'write'::text, 'admin'::text]))),
    CONSTRAINT tokens_token_sha256_check CHECK ((length(token_sha256) = 32))
);
ALTER TABLE ONLY public.tokens FORCE ROW LEVEL SECURITY;
CREATE TABLE public.upload_parts (
    upload_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    begins_at bigint NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT upload_parts_begins_at_check CHECK ((begins_at >= 0)),
    CONSTRAINT upload_parts_bytes_check CHECK (((length(bytes) >= 1) AND (length(bytes) <= 1048576)))
);
ALTER TABLE ONLY public.upload_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.upload_parts FORCE ROW LEVEL SECURITY;
CREATE TABLE public.uploads (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    files bigint,
    unpacked_bytes bigint,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT uploads_bytes_check CHECK (((bytes >= 1) AND (bytes <= 67108864))),
    CONSTRAINT uploads_check CHECK (((received >= 0) AND (received <= bytes))),
    CONSTRAINT uploads_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);
ALTER TABLE ONLY public.uploads FORCE ROW LEVEL SECURITY;
CREATE TABLE public.variable_sets (
    organization_id uuid NOT NULL,
    project_id uuid,
    environment_id uuid,
    app_environment_id uuid,
    scope_id uuid GENERATED ALWAYS AS (COALESCE(app_environment_id, environment_id, project_id, organization_id)) STORED NOT NULL,
    version bigint NOT NULL,
    mac bytea NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT variable_sets_check CHECK ((num_nonnulls(project_id, environment_id, app_environment_id) <= 1)),
    CONSTRAINT variable_sets_mac_check CHECK ((length(mac) = 32)),
    CONSTRAINT variable_sets_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY public.variable_sets FORCE ROW LEVEL SECURITY;
CREATE TABLE public.variables (
    organization_id uuid NOT NULL,
    app_environment_id uuid NOT NULL,
    name text NOT NULL,
    value_sealed text NOT NULL,
    generation bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    build_time boolean DEFAULT false NOT NULL,
    run_time boolean DEFAULT true NOT NULL,
    expand boolean DEFAULT false NOT NULL,
    refers_to text[] DEFAULT '{}'::text[] NOT NULL,
    fingerprint text,
    CONSTRAINT variables_name_check CHECK ((name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'::text))
);
ALTER TABLE ONLY public.variables FORCE ROW LEVEL SECURITY;
CREATE TABLE public.workers (
    id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    cordoned boolean DEFAULT false NOT NULL,
    draining boolean DEFAULT false NOT NULL,
    api_key_hash text NOT NULL,
    previous_key_hash text,
    previous_until timestamp with time zone,
    gen integer DEFAULT 1 NOT NULL,
    wireguard_public_key text NOT NULL,
    sealing_public_key text NOT NULL,
    agent_version text NOT NULL,
    facts jsonb NOT NULL,
    run boolean DEFAULT false NOT NULL,
    build boolean DEFAULT false NOT NULL,
    edge boolean DEFAULT false NOT NULL,
    registry boolean DEFAULT false NOT NULL,
    session_epoch bigint DEFAULT 0 NOT NULL,
    epoch_offset integer DEFAULT 0 NOT NULL,
    boot_id text,
    boot_changes timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    last_seen_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    refusal_recorded_at timestamp with time zone,
    held_at text DEFAULT ''::text NOT NULL,
    CONSTRAINT workers_gen_check CHECK ((gen > 0)),
    CONSTRAINT workers_name_check CHECK ((name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text)),
    CONSTRAINT workers_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'enrolled'::text, 'online'::text, 'unreachable'::text, 'lost'::text, 'revoked'::text, 'duplicate'::text])))
);
ALTER TABLE ONLY public.feed ATTACH PARTITION public.feed_default DEFAULT;
ALTER TABLE ONLY public.log_chunks ATTACH PARTITION public.log_chunks_default DEFAULT;
ALTER TABLE ONLY public.abandoned_images
    ADD CONSTRAINT abandoned_images_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.abandoned_images
    ADD CONSTRAINT abandoned_images_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_host_key UNIQUE (host);
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_organization_id_app_id_environment_id_key UNIQUE (organization_id, app_id, environment_id);
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.apps
    ADD CONSTRAINT apps_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.apps
    ADD CONSTRAINT apps_organization_id_name_key UNIQUE (organization_id, name);
ALTER TABLE ONLY public.apps
    ADD CONSTRAINT apps_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.assignment_objects
    ADD CONSTRAINT assignment_objects_pkey PRIMARY KEY (worker_id, kind, object_id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT assignments_pkey PRIMARY KEY (worker_id, kind);
ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_pending
    ADD CONSTRAINT audit_pending_pkey PRIMARY KEY (event_id);
ALTER TABLE ONLY public.audit_seals
    ADD CONSTRAINT audit_seals_event_id_key UNIQUE (event_id);
ALTER TABLE ONLY public.audit_seals
    ADD CONSTRAINT audit_seals_pkey PRIMARY KEY (chain, sequence);
ALTER TABLE ONLY public.cli_grants
    ADD CONSTRAINT cli_grants_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cli_tokens
    ADD CONSTRAINT cli_tokens_access_sha256_key UNIQUE (access_sha256);
ALTER TABLE ONLY public.cli_tokens
    ADD CONSTRAINT cli_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cli_tokens
    ADD CONSTRAINT cli_tokens_refresh_sha256_key UNIQUE (refresh_sha256);
ALTER TABLE ONLY public.code_tries
    ADD CONSTRAINT code_tries_pkey PRIMARY KEY (person_id, device_sha256);
ALTER TABLE ONLY public.data_keys
    ADD CONSTRAINT data_keys_pkey PRIMARY KEY (organization_id, version);
ALTER TABLE ONLY public.deploy_hooks
    ADD CONSTRAINT deploy_hooks_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.deploy_hooks
    ADD CONSTRAINT deploy_hooks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.deploy_hooks
    ADD CONSTRAINT deploy_hooks_token_sha256_key UNIQUE (token_sha256);
ALTER TABLE ONLY public.deployment_logs
    ADD CONSTRAINT deployment_logs_pkey PRIMARY KEY (deployment_id);
ALTER TABLE ONLY public.deployment_receipts
    ADD CONSTRAINT deployment_receipts_pkey PRIMARY KEY (deployment_id, worker_id, opened_at);
ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_app_environment_id_number_key UNIQUE (app_environment_id, number);
ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.device_codes
    ADD CONSTRAINT device_codes_device_code_sha256_key UNIQUE (device_code_sha256);
ALTER TABLE ONLY public.device_codes
    ADD CONSTRAINT device_codes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.device_codes
    ADD CONSTRAINT device_codes_user_code_key UNIQUE (user_code);
ALTER TABLE ONLY public.enrolment_tokens
    ADD CONSTRAINT enrolment_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.enrolment_tokens
    ADD CONSTRAINT enrolment_tokens_token_sha256_key UNIQUE (token_sha256);
ALTER TABLE ONLY public.environments
    ADD CONSTRAINT environments_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.environments
    ADD CONSTRAINT environments_organization_id_project_id_name_key UNIQUE (organization_id, project_id, name);
ALTER TABLE ONLY public.environments
    ADD CONSTRAINT environments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor, key);
ALTER TABLE ONLY public.installation_data_keys
    ADD CONSTRAINT installation_data_keys_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.installation_keys
    ADD CONSTRAINT installation_keys_pkey PRIMARY KEY (purpose, id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_token_sha256_key UNIQUE (token_sha256);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.log_chunks
    ADD CONSTRAINT log_chunks_pkey PRIMARY KEY (deployment_id, log_offset, at);
ALTER TABLE ONLY public.log_chunks_default
    ADD CONSTRAINT log_chunks_default_pkey PRIMARY KEY (deployment_id, log_offset, at);
ALTER TABLE ONLY public.log_drains
    ADD CONSTRAINT log_drains_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.log_drains
    ADD CONSTRAINT log_drains_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.log_streams
    ADD CONSTRAINT log_streams_job_id_attempt_key UNIQUE (job_id, attempt);
ALTER TABLE ONLY public.log_streams
    ADD CONSTRAINT log_streams_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mail_settings
    ADD CONSTRAINT mail_settings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.master_key_in_use
    ADD CONSTRAINT master_key_in_use_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (organization_id, person_id);
ALTER TABLE ONLY public.organization_mac_keys
    ADD CONSTRAINT organization_mac_keys_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.outgoing_mails
    ADD CONSTRAINT outgoing_mails_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.partition_state
    ADD CONSTRAINT partition_state_pkey PRIMARY KEY (parent);
ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.person_devices
    ADD CONSTRAINT person_devices_pkey PRIMARY KEY (person_id, device_sha256);
ALTER TABLE ONLY public.person_identities
    ADD CONSTRAINT person_identities_pkey PRIMARY KEY (issuer, subject);
ALTER TABLE ONLY public.person_totp
    ADD CONSTRAINT person_totp_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY public.project_members
    ADD CONSTRAINT project_members_pkey PRIMARY KEY (organization_id, person_id, project_id);
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_organization_id_slug_key UNIQUE (organization_id, slug);
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.rate_usage
    ADD CONSTRAINT rate_usage_pkey PRIMARY KEY (bucket);
ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (person_id, code_sha256);
ALTER TABLE ONLY public.refresh_nonces
    ADD CONSTRAINT refresh_nonces_pkey PRIMARY KEY (worker_id, nonce);
ALTER TABLE ONLY public.release_images
    ADD CONSTRAINT release_images_organization_id_release_id_key UNIQUE (organization_id, release_id);
ALTER TABLE ONLY public.release_images
    ADD CONSTRAINT release_images_pkey PRIMARY KEY (release_id);
ALTER TABLE ONLY public.release_variables
    ADD CONSTRAINT release_variables_pkey PRIMARY KEY (release_id, name);
ALTER TABLE ONLY public.released_ports
    ADD CONSTRAINT released_ports_pkey PRIMARY KEY (worker_id, port);
ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_app_environment_id_number_key UNIQUE (app_environment_id, number);
ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.rollouts
    ADD CONSTRAINT rollouts_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.rollouts
    ADD CONSTRAINT rollouts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.second_factor_waits
    ADD CONSTRAINT second_factor_waits_pkey PRIMARY KEY (token_sha256);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_token_sha256_key UNIQUE (token_sha256);
ALTER TABLE ONLY public.setup_links
    ADD CONSTRAINT setup_links_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.setup_links
    ADD CONSTRAINT setup_links_token_sha256_key UNIQUE (token_sha256);
ALTER TABLE ONLY public.shared_variables
    ADD CONSTRAINT shared_variables_pkey PRIMARY KEY (scope_id, name);
ALTER TABLE ONLY public.sign_in_flows
    ADD CONSTRAINT sign_in_flows_pkey PRIMARY KEY (state_sha256);
ALTER TABLE ONLY public.sign_in_settings
    ADD CONSTRAINT sign_in_settings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.ssh_keys
    ADD CONSTRAINT ssh_keys_fingerprint UNIQUE (fingerprint);
ALTER TABLE ONLY public.ssh_keys
    ADD CONSTRAINT ssh_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_token_sha256_key UNIQUE (token_sha256);
ALTER TABLE ONLY public.upload_parts
    ADD CONSTRAINT upload_parts_pkey PRIMARY KEY (upload_id, begins_at);
ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.variable_sets
    ADD CONSTRAINT variable_sets_pkey PRIMARY KEY (scope_id);
ALTER TABLE ONLY public.variables
    ADD CONSTRAINT variables_pkey PRIMARY KEY (app_environment_id, name);
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_name_key UNIQUE (name);
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);
CREATE INDEX abandoned_images_by_repository ON public.abandoned_images USING btree (repository);
CREATE INDEX abandoned_images_by_worker ON public.abandoned_images USING btree (worker_id) WHERE (worker_id IS NOT NULL);
CREATE INDEX app_environments_by_app ON public.app_environments USING btree (organization_id, app_id);
CREATE INDEX app_environments_due ON public.app_environments USING btree (reconcile_at) WHERE (reconcile_at IS NOT NULL);
CREATE INDEX assignment_objects_by_hash ON public.assignment_objects USING btree (worker_id, sha256);
CREATE INDEX assignment_objects_by_object ON public.assignment_objects USING btree (object_id, kind);
CREATE INDEX assignments_dirty ON public.assignments USING btree (worker_id) WHERE dirty;
CREATE INDEX audit_events_by_actor ON public.audit_events USING btree (organization_id, actor_id, at DESC);
CREATE INDEX audit_events_by_app ON public.audit_events USING btree (app_id, at DESC, id) WHERE (app_id IS NOT NULL);
CREATE INDEX audit_events_by_organization ON public.audit_events USING btree (organization_id, at DESC, id);
CREATE INDEX audit_pending_order ON public.audit_pending USING btree (transaction, "position");
CREATE INDEX cli_grants_by_person ON public.cli_grants USING btree (person_id);
CREATE INDEX cli_tokens_by_grant ON public.cli_tokens USING btree (grant_id);
CREATE INDEX deploy_hooks_by_environment ON public.deploy_hooks USING btree (app_environment_id);
CREATE INDEX deployments_not_collected ON public.deployments USING btree (app_environment_id) WHERE ((collect_job_id IS NULL) AND (copies_release_id IS NULL) AND (state = ANY (ARRAY['failed'::text, 'cancelled'::text, 'superseded'::text])));
CREATE INDEX deployments_unfinished ON public.deployments USING btree (app_environment_id) WHERE (state = ANY (ARRAY['queued'::text, 'building'::text, 'built'::text, 'releasing'::text]));
CREATE INDEX device_codes_by_expiry ON public.device_codes USING btree (expires_at);
CREATE INDEX feed_by_organization ON ONLY public.feed USING btree (organization_id, transaction, id);
CREATE INDEX feed_default_organization_id_transaction_id_idx ON public.feed_default USING btree (organization_id, transaction, id);
CREATE INDEX feed_order ON ONLY public.feed USING btree (transaction, id);
CREATE INDEX feed_default_transaction_id_idx ON public.feed_default USING btree (transaction, id);
CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (created_at);
CREATE INDEX invitations_open ON public.invitations USING btree (organization_id, created_at) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX jobs_by_deployment ON public.jobs USING btree (deployment_id);
CREATE INDEX jobs_by_worker ON public.jobs USING btree (worker_id) WHERE (state = ANY (ARRAY['assigned'::text, 'running'::text]));
CREATE INDEX jobs_leases ON public.jobs USING btree (lease_expires_at) WHERE (state = ANY (ARRAY['assigned'::text, 'running'::text]));
CREATE UNIQUE INDEX jobs_one_active ON public.jobs USING btree (app_environment_id, kind) WHERE (state = ANY (ARRAY['assigned'::text, 'running'::text]));
CREATE INDEX jobs_pending ON public.jobs USING btree (priority DESC, id) WHERE (state = 'pending'::text);
CREATE INDEX log_drains_by_environment ON public.log_drains USING btree (app_environment_id);
CREATE INDEX log_streams_open ON public.log_streams USING btree (job_id) WHERE (NOT closed);
CREATE INDEX memberships_by_person ON public.memberships USING btree (person_id);
CREATE INDEX organizations_deleted ON public.organizations USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (erased_at IS NULL));
CREATE INDEX outgoing_mails_waiting ON public.outgoing_mails USING btree (next_attempt_at) WHERE (settled_at IS NULL);
CREATE UNIQUE INDEX people_by_email ON public.people USING btree (lower(email));
CREATE INDEX person_identities_by_person ON public.person_identities USING btree (person_id);
CREATE INDEX project_members_by_project ON public.project_members USING btree (organization_id, project_id);
CREATE INDEX rate_usage_age ON public.rate_usage USING btree (updated_at);
CREATE INDEX refresh_nonces_age ON public.refresh_nonces USING btree (at);
CREATE INDEX release_images_by_environment ON public.release_images USING btree (app_environment_id);
CREATE INDEX released_ports_age ON public.released_ports USING btree (released_at);
CREATE INDEX released_ports_waiting ON public.released_ports USING btree (app_environment_id) WHERE (NOT edges_confirmed);
CREATE INDEX replicas_by_environment ON public.replicas USING btree (app_environment_id) WHERE (removed_at IS NULL);
CREATE INDEX replicas_by_worker ON public.replicas USING btree (worker_id) WHERE (removed_at IS NULL);
CREATE UNIQUE INDEX replicas_one_port ON public.replicas USING btree (worker_id, publish_port) WHERE (removed_at IS NULL);
CREATE INDEX replicas_removed ON public.replicas USING btree (removed_at) WHERE (removed_at IS NOT NULL);
CREATE UNIQUE INDEX rollouts_one_active ON public.rollouts USING btree (app_environment_id) WHERE (state = 'active'::text);
CREATE INDEX second_factor_waits_by_expiry ON public.second_factor_waits USING btree (expires_at);
CREATE INDEX sessions_by_person ON public.sessions USING btree (person_id);
CREATE INDEX shared_variables_by_organization ON public.shared_variables USING btree (organization_id);
CREATE INDEX sign_in_flows_by_expiry ON public.sign_in_flows USING btree (expires_at);
CREATE INDEX ssh_keys_by_person ON public.ssh_keys USING btree (person_id);
CREATE INDEX tokens_by_organization ON public.tokens USING btree (organization_id);
CREATE INDEX tokens_by_person ON public.tokens USING btree (person_id);
CREATE INDEX tokens_by_prefix ON public.tokens USING btree (prefix);
CREATE INDEX upload_parts_by_organization ON public.upload_parts USING btree (organization_id);
CREATE INDEX uploads_by_app_environment ON public.uploads USING btree (app_environment_id, completed_at);
CREATE INDEX workers_by_state ON public.workers USING btree (state);
ALTER INDEX public.feed_by_organization ATTACH PARTITION public.feed_default_organization_id_transaction_id_idx;
ALTER INDEX public.feed_order ATTACH PARTITION public.feed_default_transaction_id_idx;
ALTER INDEX public.log_chunks_pkey ATTACH PARTITION public.log_chunks_default_pkey;
CREATE TRIGGER audit_events_append_only BEFORE DELETE OR UPDATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_events_wait AFTER INSERT ON public.audit_events FOR EACH ROW EXECUTE FUNCTION public.audit_event_waits();
CREATE TRIGGER audit_seals_append_only BEFORE DELETE OR UPDATE ON public.audit_seals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON public.audit_seals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER deployments_change BEFORE UPDATE ON public.deployments FOR EACH ROW EXECUTE FUNCTION public.check_deployment_change();
CREATE TRIGGER releases_immutable BEFORE UPDATE ON public.releases FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ONLY public.abandoned_images
    ADD CONSTRAINT abandoned_images_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_organization_id_app_id_fkey FOREIGN KEY (organization_id, app_id) REFERENCES public.apps(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_organization_id_current_release_id_fkey FOREIGN KEY (organization_id, current_release_id) REFERENCES public.releases(organization_id, id) ON DELETE SET NULL (current_release_id);
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_organization_id_environment_id_fkey FOREIGN KEY (organization_id, environment_id) REFERENCES public.environments(organization_id, id);
ALTER TABLE ONLY public.app_environments
    ADD CONSTRAINT app_environments_organization_id_target_release_id_fkey FOREIGN KEY (organization_id, target_release_id) REFERENCES public.releases(organization_id, id) ON DELETE SET NULL (target_release_id);
ALTER TABLE ONLY public.apps
    ADD CONSTRAINT apps_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.apps
    ADD CONSTRAINT apps_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES public.projects(organization_id, id);
ALTER TABLE ONLY public.assignment_objects
    ADD CONSTRAINT assignment_objects_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.assignment_objects
    ADD CONSTRAINT assignment_objects_worker_id_kind_fkey FOREIGN KEY (worker_id, kind) REFERENCES public.assignments(worker_id, kind);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT assignments_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.workers(id);
ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.cli_grants
    ADD CONSTRAINT cli_grants_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.cli_tokens
    ADD CONSTRAINT cli_tokens_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.cli_grants(id);
ALTER TABLE ONLY public.code_tries
    ADD CONSTRAINT code_tries_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.data_keys
    ADD CONSTRAINT data_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.deploy_hooks
    ADD CONSTRAINT deploy_hooks_made_by_fkey FOREIGN KEY (made_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.deploy_hooks
    ADD CONSTRAINT deploy_hooks_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.deploy_hooks
    ADD CONSTRAINT deploy_hooks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.deployment_logs
    ADD CONSTRAINT deployment_logs_organization_id_deployment_id_fkey FOREIGN KEY (organization_id, deployment_id) REFERENCES public.deployments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.deployment_receipts
    ADD CONSTRAINT deployment_receipts_organization_id_deployment_id_fkey FOREIGN KEY (organization_id, deployment_id) REFERENCES public.deployments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.deployment_receipts
    ADD CONSTRAINT deployment_receipts_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.workers(id);
ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_organization_id_copies_release_id_fkey FOREIGN KEY (organization_id, copies_release_id) REFERENCES public.releases(organization_id, id) ON DELETE SET NULL (copies_release_id);
ALTER TABLE ONLY public.device_codes
    ADD CONSTRAINT device_codes_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.cli_grants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.device_codes
    ADD CONSTRAINT device_codes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.enrolment_tokens
    ADD CONSTRAINT enrolment_tokens_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.workers(id);
ALTER TABLE ONLY public.environments
    ADD CONSTRAINT environments_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES public.projects(organization_id, id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_organization_id_deployment_id_fkey FOREIGN KEY (organization_id, deployment_id) REFERENCES public.deployments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.workers(id);
ALTER TABLE ONLY public.log_drains
    ADD CONSTRAINT log_drains_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.log_drains
    ADD CONSTRAINT log_drains_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.log_streams
    ADD CONSTRAINT log_streams_organization_id_job_id_fkey FOREIGN KEY (organization_id, job_id) REFERENCES public.jobs(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.organization_mac_keys
    ADD CONSTRAINT organization_mac_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.person_devices
    ADD CONSTRAINT person_devices_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.person_identities
    ADD CONSTRAINT person_identities_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.person_totp
    ADD CONSTRAINT person_totp_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.project_members
    ADD CONSTRAINT project_members_organization_id_person_id_fkey FOREIGN KEY (organization_id, person_id) REFERENCES public.memberships(organization_id, person_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.project_members
    ADD CONSTRAINT project_members_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES public.projects(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.refresh_nonces
    ADD CONSTRAINT refresh_nonces_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.workers(id);
ALTER TABLE ONLY public.release_images
    ADD CONSTRAINT release_images_organization_id_release_id_fkey FOREIGN KEY (organization_id, release_id) REFERENCES public.releases(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.release_variables
    ADD CONSTRAINT release_variables_organization_id_release_id_fkey FOREIGN KEY (organization_id, release_id) REFERENCES public.releases(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.released_ports
    ADD CONSTRAINT released_ports_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.workers(id);
ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_organization_id_deployment_id_fkey FOREIGN KEY (organization_id, deployment_id) REFERENCES public.deployments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_organization_id_deployment_id_fkey FOREIGN KEY (organization_id, deployment_id) REFERENCES public.deployments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_organization_id_release_id_fkey FOREIGN KEY (organization_id, release_id) REFERENCES public.releases(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.workers(id);
ALTER TABLE ONLY public.rollouts
    ADD CONSTRAINT rollouts_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.rollouts
    ADD CONSTRAINT rollouts_organization_id_deployment_id_fkey FOREIGN KEY (organization_id, deployment_id) REFERENCES public.deployments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.rollouts
    ADD CONSTRAINT rollouts_organization_id_to_release_id_fkey FOREIGN KEY (organization_id, to_release_id) REFERENCES public.releases(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.second_factor_waits
    ADD CONSTRAINT second_factor_waits_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.shared_variables
    ADD CONSTRAINT shared_variables_organization_id_environment_id_fkey FOREIGN KEY (organization_id, environment_id) REFERENCES public.environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.shared_variables
    ADD CONSTRAINT shared_variables_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.shared_variables
    ADD CONSTRAINT shared_variables_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES public.projects(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sign_in_flows
    ADD CONSTRAINT sign_in_flows_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.ssh_keys
    ADD CONSTRAINT ssh_keys_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.upload_parts
    ADD CONSTRAINT upload_parts_organization_id_upload_id_fkey FOREIGN KEY (organization_id, upload_id) REFERENCES public.uploads(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.variable_sets
    ADD CONSTRAINT variable_sets_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.variable_sets
    ADD CONSTRAINT variable_sets_organization_id_environment_id_fkey FOREIGN KEY (organization_id, environment_id) REFERENCES public.environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.variable_sets
    ADD CONSTRAINT variable_sets_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.variable_sets
    ADD CONSTRAINT variable_sets_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES public.projects(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.variables
    ADD CONSTRAINT variables_organization_id_app_environment_id_fkey FOREIGN KEY (organization_id, app_environment_id) REFERENCES public.app_environments(organization_id, id) ON DELETE CASCADE;
ALTER TABLE public.abandoned_images ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.app_environments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.apps ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assignment_objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_seals ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.data_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.deploy_hooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.deployment_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.deployment_receipts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.deployments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.environments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.feed_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_chunks_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_drains ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organization_mac_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.memberships FOR SELECT TO wh_api USING ((person_id = public.current_person()));
CREATE POLICY own ON public.organizations FOR SELECT TO wh_api USING ((EXISTS ( SELECT
   FROM public.memberships m
  WHERE ((m.organization_id = organizations.id) AND (m.person_id = public.current_person())))));
CREATE POLICY own ON public.project_members TO wh_api USING (((organization_id IS NULL) AND (person_id = public.current_person()))) WITH CHECK (((organization_id IS NULL) AND (person_id = public.current_person())));
CREATE POLICY own ON public.tokens TO wh_api USING (((organization_id IS NULL) AND (person_id = public.current_person()))) WITH CHECK (((organization_id IS NULL) AND (person_id = public.current_person())));
CREATE POLICY platform ON public.abandoned_images TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.app_environments TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.apps TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.assignment_objects TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.audit_events TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.audit_seals TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.data_keys TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.deploy_hooks TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.deployment_logs TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.deployment_receipts TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.deployments TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.environments TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.feed TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.feed_default TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.invitations TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.jobs TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.log_chunks TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.log_chunks_default TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.log_drains TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.log_streams TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.memberships TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.organization_mac_keys TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.organizations TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.project_members TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.projects TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.release_images TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.release_variables TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.releases TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.replicas TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.rollouts TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.shared_variables TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.tokens TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.upload_parts TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.uploads TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.variable_sets TO wh_owner, wh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.variables TO wh_owner, wh_system USING (true) WITH CHECK (true);
ALTER TABLE public.project_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.release_images ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.release_variables ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.releases ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.replicas ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.rollouts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.shared_variables ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.abandoned_images TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.app_environments TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.apps TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.assignment_objects TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.audit_events FOR SELECT TO wh_api USING ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.audit_seals TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.data_keys TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.deploy_hooks TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.deployment_logs TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.deployment_receipts TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.deployments TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.environments TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.feed FOR SELECT TO wh_api USING (((organization_id = public.current_organization()) OR (organization_id IS NULL)));
CREATE POLICY tenant ON public.invitations TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.jobs TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.log_chunks TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.log_drains TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.log_streams TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.memberships TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.organization_mac_keys TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.organizations FOR SELECT TO wh_api USING ((id = public.current_organization()));
CREATE POLICY tenant ON public.project_members TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.projects TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.release_images TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.release_variables TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.releases TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.replicas TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.rollouts TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.shared_variables TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.tokens TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.upload_parts TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.uploads TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.variable_sets TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant ON public.variables TO wh_api USING ((organization_id = public.current_organization())) WITH CHECK ((organization_id = public.current_organization()));
CREATE POLICY tenant_append ON public.audit_events FOR INSERT TO wh_api WITH CHECK (((organization_id = public.current_organization()) OR (organization_id IS NULL)));
CREATE POLICY tenant_append ON public.feed FOR INSERT TO wh_api WITH CHECK (((organization_id = public.current_organization()) OR (organization_id IS NULL)));
CREATE POLICY tenant_change ON public.organizations FOR UPDATE TO wh_api USING ((id = public.current_organization())) WITH CHECK ((id = public.current_organization()));
ALTER TABLE public.tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.upload_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.variable_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.variables ENABLE ROW LEVEL SECURITY;
