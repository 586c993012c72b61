# shellcheck shell=bash
# Debian packages and Node, by name, only what is missing. The list is packaging/debian/packages.txt.

# wanted_packages SECTION…
wanted_packages() {
  local sections=" $* "
  awk -v sections="$sections" '
    { sub(/#.*/, ""); gsub(/[ \t]/, "") }
    /^\[.*\]$/ { wanted = index(sections, " " substr($0, 2, length($0) - 2) " "); next }
    NF && wanted { print }' "$repo/packaging/debian/packages.txt"
}

missing_packages() {
  local wanted
  mapfile -t wanted < <(wanted_packages "$@")
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | awk '$1 == "installed" {print $2}' | sort -u)
}

# Debian starts services from the packages' scripts: PostgreSQL on port 5432, HAProxy, the registry on port 5000, nginx. We
# run our own, elsewhere, so nothing may be started and nothing that was not there before may start at the next boot.
# A policy-rc.d that the machine's operator made is left alone; services that were installed before are too.
quiet_install() {
  local policy=/usr/sbin/policy-rc.d own_policy=no unit fresh_units=() package
  if [[ ! -e $policy ]]; then
    own_policy=yes
    printf '#!/bin/sh\n# made by ./dev for one apt-get run\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 0755 "$policy"
    trap 'as_root rm -f -- /usr/sbin/policy-rc.d' EXIT
  fi
  for package in "$@"; do
    case $package in
      haproxy | docker-registry | nginx) fresh_units+=("$package.service") ;;
      postgresql-15) fresh_units+=(postgresql.service) ;;
    esac
  done
  if [[ ! -d /etc/postgresql-common ]]; then
    # Without this the package makes a cluster of 40 MB that nobody uses.
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    printf '# made by ./dev: WiseHosting keeps its cluster in its own data directory\ncreate_main_cluster = false\n' |
      as_root tee /etc/postgresql-common/createcluster.d/wisehosting.conf >/dev/null
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -- "$@"
  if [[ -d /run/systemd/system ]]; then
    for unit in "${fresh_units[@]}"; do as_root systemctl disable --now "$unit" || true; done
  fi
  if [[ $own_policy == yes ]]; then
    as_root rm -f -- "$policy"
    trap - EXIT
  fi
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  say "missing: ${missing[*]}"
  # Package lists older than what is wanted, or none: refresh them, once.
  if ! apt-cache --no-generate show -- "${missing[@]}" >/dev/null 2>&1 ||
    ! as_root apt-get install -y --no-install-recommends --download-only -- "${missing[@]}"; then
    as_root apt-get update
  fi
  quiet_install "${missing[@]}"
}

node_is_new_enough() {
  local version major minor
  version=$(node --version 2>/dev/null) || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  ((major > 20 || (major == 20 && minor >= 19)))
}

# Node 20.19 or later: the machine's own, else Debian's npm fetches the npm package `node` into build/tools.
# Sourced results: `node` and `npm` on the PATH.
use_node() {
  local tools=$repo/build/tools
  [[ -x $tools/node_modules/.bin/node ]] && PATH=$tools/node_modules/.bin:$PATH
  node_is_new_enough && command -v npm >/dev/null && return 0
  command -v npm >/dev/null || install_listed npm
  mkdir -p "$tools"
  npm install --prefix "$tools" --no-save --no-audit --no-fund node@20 npm@10
  PATH=$tools/node_modules/.bin:$PATH
  node_is_new_enough || die "Node 20.19 or later is needed, and it could not be installed." \
    "Install it yourself and put it on the PATH."
}

install_listed() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || quiet_install "$package"
  done
}
