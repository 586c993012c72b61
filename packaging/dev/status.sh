# shellcheck shell=bash
# ./dev status: what runs, and where.

# All processes of the installation as JSON: the supervisor's children from run.json, the agent's own daemons from
# the records "pid start_time …" that it keeps.
processes_json() {
  {
    recorded_processes
    local record pid start_time _rest
    while read -r record; do
      read -r pid start_time _rest < <(as_root cat -- "$record") || continue
      case $record in
        */process.json) record=$(dirname -- "$record") ;;
      esac
      printf '%s %s %s\n' "$(basename -- "$record" .pid)" "$pid" "$start_time"
    done < <([[ ! -d $home_dir/agent ]] ||
      as_root find "$home_dir/agent" -maxdepth 2 -type f \( -name '*.pid' -o -name process.json \))
  } | while read -r name pid start_time; do
    is_alive "$pid" "$start_time" || continue
    printf '%s %s %s\n' "$name" "$pid" "$(($(awk '{print $2}' "/proc/$pid/statm") * $(getconf PAGESIZE)))"
  done | jq -Rn '[inputs | split(" ") | {name: .[0], pid: (.[1] | tonumber), rss_bytes: (.[2] | tonumber)}]'
}

apps_json() { wh apps --json 2>/dev/null | jq -c '[(.items // .)[] | {name, url, state}]' 2>/dev/null || printf '[]'; }

status_json() {
  local link="" apps="[]"
  if supervisor_runs; then
    link=$(setup_link) || link=""
    apps=$(apps_json)
  fi
  jq -n --arg dashboard "$dashboard_url" --arg link "$link" --arg api "$api_url" --arg edge "$edge_http_url" \
    --arg hub "$hub_url" --arg ca "$ca_file" --argjson apps "${apps:-[]}" --argjson processes "$(processes_json)" \
    '{dashboard_url: $dashboard, setup_link: (if $link == "" then null else $link end), api_url: $api,
      edge_http_url: $edge, hub_url: $hub, ca_file: $ca, apps: $apps, processes: $processes}'
}

# What is wrong on this machine, a line each, with what to do.
troubles() { # troubles STATUS_JSON
  local name free_kb log
  free_kb=$(df --output=avail -k -- "$home_dir" | tail -n 1 | tr -dc '0-9')
  ((free_kb >= 102400)) ||
    say "The disk of $home_dir is full: $((free_kb / 1024)) MB are free. Free some; everything then goes on by itself."
  for name in postgres control-plane agent; do
    jq -e --arg name "$name" 'any(.processes[]; .name == $name)' <<<"$1" >/dev/null && continue
    log=$(as_root tail -n 50 -- "$logs_dir/$name.log" 2>/dev/null | grep -E 'PANIC|FATAL|"level":"error"' | tail -n 1 | cut -c 1-200)
    say "$name does not run. It is started again every few seconds; see ./dev logs $name${log:+ ($log)}"
  done
}

command_status() { # exits 1 when something that should run does not
  local status trouble
  status=$(status_json)
  if [[ ${1:-} == --json ]]; then
    printf '%s\n' "$status"
    return 0
  fi
  if [[ $(jq '.processes | length' <<<"$status") == 0 ]]; then
    say "WiseHosting is not running. Start it: ./dev up"
    return 0
  fi
  jq -r '"dashboard  \(.dashboard_url)", "sign in    \(.setup_link // "-")", "apps       \(.edge_http_url)"' <<<"$status"
  say $'\nprocesses'
  jq -r '.processes[] | "  \(.name)\t\(.pid)\t\(.rss_bytes / 1048576 | floor) MB"' <<<"$status" | column -t -s $'\t' -L
  say $'\napps'
  jq -r '.apps[] | "  \(.name)\t\(.state)\t\(.url)"' <<<"$status" | column -t -s $'\t' -L
  trouble=$(troubles "$status")
  [[ -n $trouble ]] || return 0
  printf '\nwhat is wrong\n'
  printf '  %s\n' "${trouble//$'\n'/$'\n'  }"
  return 1
}
