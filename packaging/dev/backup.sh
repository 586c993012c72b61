# shellcheck shell=bash
# ./dev backup and ./dev restore: one installation as two files, FILE and FILE.key (docs/backup.md).

postgres_tools=/usr/lib/postgresql/15/bin

postgres_tool() { # postgres_tool NAME WORDS…: a client program of PostgreSQL, connected to this installation
  local name=$1
  shift
  as_root "$postgres_tools/$name" --host "$runtime_dir/pg" --username wh "$@"
}

# Order matters: what must not be newer than the database (what the agent remembers of its commands, the heads of the audit
# log) is read before it, and what it refers to (images) after it.
write_backup() { # write_backup FILE
  local file=$1 staging path later=()
  staging=$(mktemp -d "$home_dir/backup.XXXXXX")
  local earlier=(agent/link/{identity,keys,commands}.json agent/link/ca.pem)
  for path in agent/app-ids.json config/{enrolment.json,control-plane.toml} control-plane/audit-heads.jsonl; do
    ! as_root test -e "$home_dir/$path" || earlier+=("$path")
  done
  as_root tar -C "$home_dir" -cf "$file" -- "${earlier[@]}"
  postgres_tool pg_dump --format=custom --dbname=wisehosting >"$staging/database.dump"
  for path in agent/registry samples; do ! as_root test -e "$home_dir/$path" || later+=("$path"); done
  as_root tar -C "$home_dir" --exclude='agent/registry/*.json' --exclude='agent/registry/*.pid' -rf "$file" -- "${later[@]}"
  as_root tar -C "$staging" -rf "$file" -- database.dump
  as_root chown "$(id -u):$(id -g)" "$file"
  as_root cat -- "$home_dir/secrets/master.key" >"$file.key"
  rm -rf -- "$staging"
}

command_backup() { # command_backup FILE
  [[ -n ${1:-} ]] || die "Where to? ./dev backup FILE"
  supervisor_runs || die "WiseHosting is not running." "Start it: ./dev up"
  local file
  file=$(realpath -m -- "$1")
  [[ ! -e $file && ! -e $file.key ]] || die "$file or $file.key is there already; it is not overwritten."
  umask 077
  phase backup "" write_backup "$file"
  say "$file      $(du -h -- "$file" | cut -f1): the database, images, settings, who the agent is"
  say "$file.key  the master key, without which nothing that is sealed opens: keep it elsewhere"
}

restore_database() { # restore_database DUMP: into a database beside the fresh one, which it then replaces
  postgres_tool createdb restored
  postgres_tool pg_restore --single-transaction --dbname=restored "$1"
  as_root psql --quiet --host "$runtime_dir/pg" --username wh --dbname postgres --set ON_ERROR_STOP=1 <<'SQL'
ALTER DATABASE wisehosting WITH ALLOW_CONNECTIONS false;
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'wisehosting';
DROP DATABASE wisehosting WITH (FORCE);
ALTER DATABASE restored RENAME TO wisehosting;
SQL
}

unpack_backup() { # unpack_backup FILE [WHAT IS LEFT OUT TOO]
  as_root tar -C "$home_dir" --exclude=database.dump ${2:+"--exclude=$2"} -xf "$1"
  as_root install -D -m 0600 -- "$1.key" "$home_dir/secrets/master.key"
}

# The database's roles are made by the migrations of a first start; then the backup takes the place of what that made.
command_restore() { # command_restore FILE
  local file started
  started=$(now_ms)
  file=$(realpath -m -- "${1:-}")
  [[ -f $file && -f $file.key ]] || die "There is no backup at \"${1:-}\": ./dev restore FILE, with FILE.key beside it."
  [[ ! -e $home_dir/postgres ]] || die "$home_dir holds an installation already; it is left alone." \
    "Restore into another folder with WISEHOSTING_HOME=FOLDER, or delete this one: ./dev reset"
  prepare_installation
  unpack_backup "$file" control-plane/audit-heads.jsonl # they are not the ends of the log that a first start begins
  phase "container check" "" preflight_containers
  check_settings
  phase "start" "" start_supervisor
  as_root tar -C "$home_dir" -xf "$file" database.dump
  phase "database" "" restore_database "$home_dir/database.dump"
  phase "stop" "" stop_everything
  as_root rm -f -- "$home_dir/database.dump"
  unpack_backup "$file"
  phase "start again" "" start_supervisor
  phase "sign in" "" sign_in_cli
  phase "worker online" "" wait_for_worker
  if [[ $(wh apps show hello --json 2>/dev/null | jq -r .state) =~ ^(live|degraded)$ ]]; then
    phase "apps" "See ./dev logs agent." sample_answers "$(app_url hello)" 600
  fi
  print_summary "$started"
}
