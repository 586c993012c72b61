# shellcheck shell=bash
# What all parts of ./dev share: settings, messages, phases. Sourced; expects `repo` to be the repository's root.

preset=${WISEHOSTING_PRESET:-release}
build_dir=$repo/build/$preset
bin_dir=$build_dir/bin
home_dir=$(realpath -m -- "${WISEHOSTING_HOME:-$HOME/.local/share/wisehosting}")
logs_dir=$home_dir/logs
run_file=$home_dir/run.json
marker_file=$home_dir/wisehosting.home # only a folder that holds this file is ever deleted by `./dev reset`
runtime_dir=/run/wisehosting/$(printf '%s' "$home_dir" | sha256sum | cut -c1-8)

port_offset=${WISEHOSTING_PORT_OFFSET:-0}
if ! [[ $port_offset =~ ^(0|[1-9][0-9]?00)$ ]] || ((port_offset > 1200)); then
  printf 'WISEHOSTING_PORT_OFFSET is "%s"; it must be 0, 100, 200 and so on to 1200: each step makes room for 1,000 containers, below the ports that Linux gives to connections.\n' "$port_offset" >&2
  exit 2
fi
dashboard_port=${WISEHOSTING_DASHBOARD_PORT:-$((7070 + port_offset))}
hub_port=${WISEHOSTING_HUB_PORT:-$((7071 + port_offset))}
edge_port=${WISEHOSTING_EDGE_PORT:-$((7080 + port_offset))}
registry_port=${WISEHOSTING_REGISTRY_PORT:-$((7050 + port_offset))}

dashboard_url=http://localhost:$dashboard_port
api_url=http://127.0.0.1:$dashboard_port/api/v1
edge_http_url=http://localhost:$edge_port
hub_url=https://localhost:$hub_port
ca_file=$home_dir/control-plane/ca.pem

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
  printf '\nerror: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

now_ms() { printf '%s' "$((${EPOCHREALTIME/./} / 1000))"; }
seconds() { printf '%d.%01d s' "$(($1 / 1000))" "$(($1 % 1000 / 100))"; }

# The variables that make a process belong to this installation.
installation_env=(
  "WISEHOSTING_HOME=$home_dir"
  "WISEHOSTING_DASHBOARD_PORT=$dashboard_port" "WISEHOSTING_HUB_PORT=$hub_port"
  "WISEHOSTING_EDGE_PORT=$edge_port" "WISEHOSTING_REGISTRY_PORT=$registry_port"
  "WISEHOSTING_PORT_OFFSET=$port_offset"
)

# All WISEHOSTING_ variables: sudo would drop those that are settings of the control plane or the agent.
settings_env() {
  local name
  for name in $(compgen -e WISEHOSTING_); do printf '%s=%s\0' "$name" "${!name}"; done
}

# Runs a command as root: Podman, PostgreSQL's own user and port ranges need it. Asks for a password at most once.
as_root() {
  if ((EUID == 0)); then
    env "${installation_env[@]}" "$@"
  else
    command -v sudo >/dev/null || die "root is needed for '$1', and sudo is not installed." \
      "Run ./dev as root, or install sudo and allow your user to use it."
    local settings
    mapfile -d '' -t settings < <(settings_env)
    sudo -- env "PATH=$PATH" "${settings[@]}" "${installation_env[@]}" ${WH_CRASH_AT:+"WH_CRASH_AT=$WH_CRASH_AT"} "$@"
  fi
}

# Asks for the password at the beginning, not in the middle of a phase whose output nobody sees, and keeps sudo from asking
# again while this command runs, for a first build takes longer than sudo remembers.
become_root_once() {
  ((EUID == 0)) && return 0
  command -v sudo >/dev/null || return 0 # the preflight says so, with what else is missing
  sudo -n true 2>/dev/null && return 0
  say "Some steps need root (packages, containers, PostgreSQL's own user): sudo asks for your password."
  sudo -v || die "sudo did not let you become root." "Run ./dev as root, or as a user who may use sudo."
  while kill -0 "$$" 2>/dev/null && sudo -n -v; do sleep 30; done </dev/null >/dev/null 2>&1 &
  disown
}

# phase NAME HINT COMMAND…: runs a command quietly, prints one line with its time; on failure the end of its log.
# Times are kept for the summary. The command runs in a subshell with errexit on.
phase_names=()
phase_times=()
phase() {
  local name=$1 hint=$2 log started took status watcher=""
  shift 2
  mkdir -p -- "$logs_dir"
  log=$logs_dir/dev-${name// /-}.log
  started=$(now_ms)
  : >"$log"
  if [[ -t 1 ]]; then
    show_progress "$name" "$log" &
    watcher=$!
  fi
  set +e
  (
    set -euo pipefail
    "$@"
  ) >"$log" 2>&1
  status=$?
  set -e
  if [[ -n $watcher ]]; then
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    printf '\r\033[K'
  fi
  took=$(($(now_ms) - started))
  phase_names+=("$name")
  phase_times+=("$took")
  if ((status == 0)); then
    printf '  %-28s %s\n' "$name" "$(seconds "$took")"
    return 0
  fi
  printf '  %-28s failed after %s\n\n' "$name" "$(seconds "$took")"
  tail -n 20 -- "$log" | sed 's/^/    /'
  die "$name failed." "${hint:+$hint }The whole log: $log"
}

# On a terminal: the phase's name, its seconds, and how far the build is ("[12/240]" of ninja).
show_progress() {
  local began=$SECONDS
  while :; do
    printf '\r\033[K  %-28s %d s %s' "$1" "$((SECONDS - began))" "$(grep -oE '^\[[0-9]+/[0-9]+\]' -- "$2" 2>/dev/null | tail -n 1)"
    sleep 0.5
  done
}

# start_time_of PID: field 22 of /proc/PID/stat; nothing when there is no such process. With the pid it names one
# process for good, however often the number is used again.
start_time_of() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  stat=${stat##*) }
  # shellcheck disable=SC2086 # the words are wanted
  set -- $stat
  [[ $1 == Z || $1 == X ]] || printf '%s' "${20}"
}

# is_alive PID START_TIME
is_alive() { [[ -n ${1:-} && -n ${2:-} && $(start_time_of "$1") == "$2" ]]; }

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# recorded_processes: "name pid start_time" of run.json, of this boot only.
recorded_processes() {
  [[ -s $run_file ]] || return 0
  jq -r --arg boot "$(boot_id)" \
    'select((.boot_id // $boot) == $boot) | .processes[]? | "\(.name) \(.pid) \(.start_time)"' "$run_file" 2>/dev/null || true
}

supervisor_mark() { recorded_processes | awk '$1 == "supervisor" {print $2, $3}'; }
supervisor_runs() {
  local mark
  mark=$(supervisor_mark)
  # shellcheck disable=SC2086 # two words are wanted
  [[ -n $mark ]] && is_alive $mark
}
