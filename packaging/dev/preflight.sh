# shellcheck shell=bash
# What must be true before anything is started; each finding says what is wrong and what to do.

findings=()
finding() { findings+=("$*"); }

holder_of_port() { # "name (pid N)" of whoever listens on a TCP port
  local pid name program
  read -r pid name < <(as_root ss -H -ltnp "sport = :$1" 2>/dev/null |
    sed -nE 's/.*users:\(\("([^"]+)",pid=([0-9]+).*/\2 \1/p') || return 0
  program=$(as_root readlink "/proc/$pid/exe" 2>/dev/null) || true
  program=${program##*/} program=${program% (deleted)}
  [[ $program != "$name"* ]] || name=$program # the kernel itself keeps 15 letters
  printf '%s (pid %s)' "$name" "$pid"
}

# After a crash of everything else, HAProxy and the registry of this installation still serve: the agent adopts them.
is_own_daemon() { # is_own_daemon PID: it, or its parent, stands in one of the agent's records
  local pid=$1 parent
  [[ -n $pid && -d $home_dir/agent ]] || return 1
  parent=$(ps -o ppid= -p "$pid" | tr -d ' ')
  as_root find "$home_dir/agent" -maxdepth 3 \( -name '*.pid' -o -name 'process.json' \) \
    -exec cut -d ' ' -f 1 {} + 2>/dev/null | grep -qxE "$pid|${parent:-none}"
}

check_port() { # check_port PORT VARIABLE WHAT
  [[ -n $(ss -H -ltn "sport = :$1" 2>/dev/null) ]] || return 0
  local holder
  holder=$(holder_of_port "$1")
  [[ $holder =~ pid\ ([0-9]+) ]] && is_own_daemon "${BASH_REMATCH[1]}" && return 0
  finding "Port $1 ($3) is in use by ${holder:-another program}. Stop it, or choose another with $2=PORT" \
    "(or move all ports: WISEHOSTING_PORT_OFFSET=100)."
}

check_ports() {
  local entry seen=" "
  for entry in "$dashboard_port WISEHOSTING_DASHBOARD_PORT dashboard" "$hub_port WISEHOSTING_HUB_PORT worker-hub" \
    "$edge_port WISEHOSTING_EDGE_PORT apps" "$registry_port WISEHOSTING_REGISTRY_PORT registry"; do
    # shellcheck disable=SC2086 # three words are wanted
    set -- $entry
    if [[ ! $1 =~ ^[0-9]{1,5}$ ]] || (($1 < 1 || $1 > 65535)); then
      finding "$2 is \"$1\"; it must be a port from 1 to 65535."
      continue
    fi
    [[ $seen == *" $1 "* ]] && finding "Port $1 is wanted twice; give $2 another value."
    seen+="$1 "
    check_port "$1" "$2" "$3"
  done
}

check_disk() {
  local folder=$home_dir free_mb
  while [[ ! -d $folder ]]; do folder=$(dirname -- "$folder"); done
  free_mb=$(df --output=avail -BM -- "$folder" | tail -n 1 | tr -dc '0-9')
  ((free_mb >= 3000)) || finding "Only $free_mb MB are free on the disk of $folder; 3000 MB are needed." \
    "Free some, or put the data elsewhere with WISEHOSTING_HOME=FOLDER."
}

check_memory() {
  local available_mb
  available_mb=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  ((available_mb >= 1000)) || finding "Only $available_mb MB of memory are free; 1000 MB are needed."
}

check_cgroups() {
  local root=${WH_TEST_CGROUPS:-/sys/fs/cgroup} # elsewhere in a test
  [[ -f $root/cgroup.controllers || -d $root/memory || -d $root/unified ]] ||
    finding "There are no control groups at /sys/fs/cgroup: containers could not be limited." \
      "Mount them (a container needs to be started with them), then try again."
}

check_root() {
  ((EUID == 0)) || command -v sudo >/dev/null ||
    finding "Neither root nor sudo: containers with limits and PostgreSQL's own user need root to start."
  [[ $(uname -s) == Linux ]] || finding "This is not Linux."
}

report_findings() {
  ((${#findings[@]})) || return 0
  local entry
  for entry in "${findings[@]}"; do say "$entry"; done
  return 1
}

preflight_machine() { # before the build: costs 50 ms
  check_root
  check_cgroups
  check_memory
  check_disk
  check_ports
  report_findings
}

# After the build: the agent proves that Podman can run a container here. A pass is kept until the next boot or build.
preflight_containers() {
  local agent stamp=$home_dir/preflight.passed proof
  agent=$(program wh-agent)
  proof="$(boot_id) $(stat -c '%Y %s' -- "$agent")"
  [[ -f $stamp && $(<"$stamp") == "$proof" ]] && return 0
  as_root "WISEHOSTING_STATE_DIR=$home_dir/agent" "WISEHOSTING_RUNTIME_DIR=$runtime_dir" "$agent" preflight
  printf '%s' "$proof" >"$stamp"
}
