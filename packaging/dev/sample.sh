# shellcheck shell=bash
# The bundled sample app as a git repository, and its first deployment.

sample_repository=$home_dir/samples/hello.git
sample_done=$home_dir/samples/deployed
sample_url=http://127.0.0.1:$dashboard_port/samples/hello.git

make_sample_repository() {
  [[ -f $sample_repository/HEAD ]] && return 0
  local work
  work=$(mktemp -d "$home_dir/samples.XXXXXX")
  cp -R -- "$repo/samples/hello" "$work/tree"
  git -c init.defaultBranch=main init --quiet "$work/tree"
  git -C "$work/tree" add --all
  GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' \
    git -C "$work/tree" -c user.name=WiseHosting -c user.email=samples@localhost -c commit.gpgsign=false \
    commit --quiet --message 'Say hello'
  git clone --quiet --bare -- "$work/tree" "$work/hello.git"
  # Served as plain files (git's "dumb" HTTP), also after somebody pushed.
  git -C "$work/hello.git" update-server-info
  mkdir -p -- "$work/hello.git/hooks"
  printf '#!/bin/sh\nexec git update-server-info\n' >"$work/hello.git/hooks/post-update"
  chmod 0755 -- "$work/hello.git/hooks/post-update"
  mkdir -p -- "$home_dir/samples"
  mv -- "$work/hello.git" "$sample_repository"
  rm -rf -- "$work"
}

# The CLI, signed in to this installation: its own home, so that it never touches the user's.
wh() {
  local client
  client=$(program wh) || return
  WISEHOSTING_CLI_HOME=$home_dir/cli "$client" "$@"
}

setup_link() { control_plane_as_root setup-link | tail -n 1; }

sign_in_cli() {
  mkdir -p -- "$home_dir/cli"
  chmod 0700 -- "$home_dir/cli"
  wh whoami >/dev/null 2>&1 && return 0
  local link
  link=$(setup_link)
  # The token, not as an argument: others can read those. Not by the link's address, which may be that of a proxy.
  wh login --server "$dashboard_url" - <<<"${link#*#}"
}

app_exists() { wh apps show hello --json >/dev/null 2>&1; }

deploy_sample() { # waits until it is live; the CLI fails when the deployment does
  if app_exists; then
    wh deploy hello # an earlier ./dev up did not get to its end
  else
    wh apps create hello --git "$sample_url" --deploy
  fi
}

app_url() { wh apps show "$1" --json | jq -r .url; }

answers_soon() { sample_answers "$1" 150 || say "It is still starting."; }

sample_answers() { # sample_answers URL [TRIES]: waits for it, 0.1 s a try
  local url=$1 tries
  for ((tries = 0; tries < ${2:-50}; tries++)); do
    curl --silent --fail --max-time 2 --output /dev/null --resolve "hello.localhost:$edge_port:127.0.0.1" -- "$url" && return 0
    sleep 0.1
  done
  say "$url does not answer."
  return 1
}
