-- What rollouts of several replicas need. Every column is new and nullable or has a default: nothing is rewritten, each
-- lock is held for a moment. The old program goes on: a port that it releases waits for the edges like any other.

-- A port is free again ten minutes after it was released and once no edge can hold a route with it.
ALTER TABLE released_ports ADD COLUMN app_environment_id uuid,
                           ADD COLUMN edges_confirmed boolean NOT NULL DEFAULT false;
CREATE INDEX released_ports_waiting ON released_ports (app_environment_id) WHERE NOT edges_confirmed;

-- What the agent says of a replica that ended, and when it starts it again; observed by the control plane's clock, for a
-- worker's clock may be wrong; and whether it ever served.
ALTER TABLE replicas ADD COLUMN cause text,
                     ADD COLUMN restart_at timestamptz,
                     ADD COLUMN observed_at timestamptz,
                     ADD COLUMN first_ready_at timestamptz;

-- What a new app may use, unless somebody says otherwise.
ALTER TABLE app_environments ALTER COLUMN cpu_millis SET DEFAULT 500,
                             ALTER COLUMN memory_bytes SET DEFAULT 268435456;
