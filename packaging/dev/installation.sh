# shellcheck shell=bash
# up, down, reset, status, logs: one installation in $home_dir.

# Where there is a file of settings, its mistakes are told before anything is started.
check_settings() {
  as_root test -e "$home_dir/config/control-plane.toml" || return 0
  phase settings "" read_settings
}

read_settings() { control_plane_as_root openapi >/dev/null; }

start_supervisor() {
  local control_plane
  control_plane=$(program wh-control-plane)
  mkdir -p -- "$logs_dir"
  # Its own session, so that a closed terminal or Ctrl-C does not end it.
  as_root setsid --fork "$control_plane" --all-in-one --home "$home_dir" >>"$logs_dir/supervisor.log" 2>&1 </dev/null
  wait_until_ready 60
}

is_ready() { # another installation may have taken the port since the preflight, and be ready
  curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$dashboard_port/readyz" || return 1
  local pid
  pid=$(recorded_processes | awk '$1 == "control-plane" {print $2}')
  [[ -n $pid && $(holder_of_port "$dashboard_port") == *"(pid $pid)" ]]
}

wait_until_ready() { # wait_until_ready SECONDS
  local deadline=$((SECONDS + $1)) seen=no
  until is_ready; do
    if supervisor_runs; then
      seen=yes
    elif [[ $seen == yes ]] || ((SECONDS + $1 - 30 > deadline)); then
      say "The supervisor ended. Its last lines:"
      as_root tail -n 15 -- "$logs_dir/supervisor.log"
      return 1
    fi
    if ((SECONDS >= deadline)); then
      say "Not ready after $1 s. Port $dashboard_port is held by: $(holder_of_port "$dashboard_port"). The last lines of each log:"
      as_root tail -n 8 -- "$logs_dir"/{supervisor,postgres,control-plane,agent}.log 2>/dev/null || true
      return 1
    fi
    sleep 0.05
  done
}

wait_for_worker() { # the agent has to be online before something can be placed
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    [[ $(wh workers --json 2>/dev/null | jq -r '[.items[]? | select(.state == "online")] | length' 2>/dev/null) =~ ^[1-9] ]] && return 0
    sleep 0.1
  done
  say "No worker is online after 60 s. The agent's last lines:"
  as_root tail -n 15 -- "$logs_dir/agent.log"
  return 1
}

stop_supervisor() { # by pid and start time; at most 15 s, then by force
  local pid start_time tries
  read -r pid start_time < <(supervisor_mark) || true
  if is_alive "${pid:-}" "${start_time:-}"; then
    as_root kill -TERM "$pid"
    for ((tries = 0; tries < 150; tries++)); do
      is_alive "$pid" "$start_time" || return 0
      sleep 0.1
    done
    as_root kill -KILL "$pid"
  fi
}

stop_leftovers() { # after a crash: only what run.json names, and only if it is still the same process
  local name pid start_time signal
  for signal in TERM KILL; do
    while read -r name pid start_time; do
      if is_alive "$pid" "$start_time"; then
        say "stopping $name (pid $pid)"
        as_root kill "-$signal" "$pid" 2>/dev/null || true
      fi
    done < <(recorded_processes)
    wait_for_leftovers && return 0
  done
}

wait_for_leftovers() {
  local name pid start_time tries alive
  for ((tries = 0; tries < 50; tries++)); do
    alive=no
    while read -r name pid start_time; do
      is_alive "$pid" "$start_time" && alive=yes
    done < <(recorded_processes)
    [[ $alive == no ]] && return 0
    sleep 0.1
  done
  return 1
}

stop_host() { # containers, HAProxy, registry, networks and rules of this installation
  [[ -d $home_dir/agent ]] || return 0
  as_root "WISEHOSTING_STATE_DIR=$home_dir/agent" "WISEHOSTING_RUNTIME_DIR=$runtime_dir" \
    "$(program wh-agent)" stop-host --state-dir "$home_dir/agent"
}

# Podman mounts its storage folder onto itself; a killed one leaves that behind.
unmount_leftovers() {
  local target
  findmnt --raw --noheadings --output TARGET | grep -F -- "$home_dir/" | sort -r | while read -r target; do
    as_root umount -- "$target" || true
  done || true
}

stop_everything() {
  stop_supervisor
  stop_leftovers
  stop_host
  unmount_leftovers
  as_root rm -f -- "$run_file"
}

programs_newer_than_supervisor() {
  local pid
  read -r pid _ < <(supervisor_mark)
  [[ $bin_dir/wh-control-plane -nt /proc/$pid || $bin_dir/wh-agent -nt /proc/$pid ]]
}

print_summary() { # print_summary STARTED_MS
  local i line=""
  for i in "${!phase_names[@]}"; do
    ((phase_times[i] >= 50)) && line+="${line:+ · }${phase_names[i]} $(seconds "${phase_times[i]}")"
  done
  say ""
  say "Ready in $(seconds "$(($(now_ms) - $1))")${line:+  ($line)}"
  say ""
  say "  The sample app   $(app_url hello 2>/dev/null || say 'not deployed: ./dev wh apps')"
  say "  The dashboard    $(setup_link)"
  say "                   (the link signs one browser in, once, within 15 minutes; ./dev up prints a fresh one)"
  [[ -n ${SSH_CONNECTION:-} ]] &&
    say "                   from afar: ssh -L $dashboard_port:127.0.0.1:$dashboard_port -L $edge_port:127.0.0.1:$edge_port THIS-MACHINE"
  say ""
  say "  Next: ./dev wh apps · ./dev wh apps create NAME --git URL --deploy · ./dev wh logs hello -f · ./dev down"
  say "        An app of your own in five minutes: $dashboard_url/docs/first-app"
}

# The sample is deployed once. Whoever deletes it afterwards is not given it again.
up_with_sample() {
  if [[ ! -f $sample_done ]]; then
    phase "worker online" "" wait_for_worker
    phase "deploy the sample" "See ./dev wh logs hello --build." deploy_sample
    phase "open the sample" "" sample_answers "$(app_url hello)"
    touch -- "$sample_done"
  elif [[ $(wh apps show hello --json 2>/dev/null | jq -r .state) =~ ^(live|degraded)$ ]]; then
    # After ./dev down its container has to be started again, which is no reason to fail.
    phase "apps" "" answers_soon "$(app_url hello)"
  fi
}

# Packages, checks and programs: what has to be there before something is started.
prepare_installation() {
  mkdir -p -- "$home_dir" "$logs_dir"
  touch -- "$marker_file"
  become_root_once
  phase packages "Are you online, and do apt's sources work?" install_packages build run
  supervisor_runs || phase preflight "" preflight_machine
  if [[ -z ${WISEHOSTING_SKIP_BUILD:-} ]]; then # set by ./dev test, which has built everything already
    [[ -d $build_dir ]] || say "  (the first build takes about seven minutes on two free processors; it is kept)"
    phase dashboard "" build_spa
    phase build "" build_programs "$preset" wh-control-plane wh-agent wh-jail wh
  fi
}

command_up() {
  local started
  started=$(now_ms)
  prepare_installation
  if supervisor_runs && programs_newer_than_supervisor; then phase "stop the older build" "" stop_supervisor; fi
  if ! supervisor_runs; then
    phase "container check" "" preflight_containers
    check_settings
    phase start "" start_supervisor
  fi
  phase "sample repository" "" make_sample_repository
  phase "sign in" "" sign_in_cli
  up_with_sample
  print_summary "$started"
}

command_down() {
  if [[ ! -d $home_dir ]]; then
    say "Nothing to stop: $home_dir does not exist."
    return 0
  fi
  become_root_once
  phase stop "" stop_everything
  say "Stopped. The data stays in $home_dir (./dev reset deletes it)."
}

command_reset() {
  [[ -d $home_dir ]] || { say "Nothing to delete: $home_dir does not exist." && return 0; }
  [[ -f $marker_file ]] || die "$home_dir was not made by ./dev; it is left alone."
  if [[ ${1:-} != --yes ]]; then
    local answer
    read -r -p "Stop WiseHosting and delete everything in $home_dir (apps, database, images)? Type 'yes': " answer
    [[ $answer == yes ]] || die "Nothing was deleted."
  fi
  become_root_once
  phase stop "" stop_everything
  as_root rm -rf --one-file-system -- "$runtime_dir"
  as_root rm -rf --one-file-system -- "$home_dir"
  say "Deleted $home_dir."
}

command_logs() {
  local part=${1:-} follow=()
  [[ ${2:-} == -f || $part == -f ]] && follow=(-F)
  [[ $part == -f ]] && part=""
  local files=("$logs_dir"/*.log)
  [[ -z $part ]] || files=("$logs_dir/$part.log")
  [[ -f ${files[0]} ]] || die "There is no log \"$part\"." \
    "Logs: $(find "$logs_dir" -name '*.log' -printf '%f ' 2>/dev/null | sed 's/\.log//g')"
  as_root tail -n 100 "${follow[@]}" -- "${files[@]}"
}

command_psql() {
  supervisor_runs || die "WiseHosting is not running." "Start it: ./dev up"
  as_root psql --host "$runtime_dir/pg" --username wh --dbname wisehosting "$@"
}
