-- The few logs whose end is still to come, looked for when a worker tells what it keeps. A short lock of log_streams.
CREATE INDEX log_streams_open ON log_streams (job_id) WHERE NOT closed;
