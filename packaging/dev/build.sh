# shellcheck shell=bash
# Building: the dashboard first (it is embedded into the control plane), then the programs.

# With the base folder another clone of the same sources finds what this one compiled.
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=$repo

spa_dir=$repo/spa

npm_ci() { # npm_ci FOLDER: installs exactly the lock file, only when it changed
  local folder=$1 done_file=$1/node_modules/.wisehosting-lock
  cmp -s -- "$folder/package-lock.json" "$done_file" && return 0
  (cd "$folder" && npm ci --no-audit --no-fund)
  cp -- "$folder/package-lock.json" "$done_file"
}

spa_is_fresh() {
  [[ -f $spa_dir/dist/index.html ]] || return 1
  local newer
  newer=$(find "$spa_dir" "$repo"/docs/*.md "$repo/CHANGELOG.md" \( -name node_modules -o -name dist \) -prune -o -type f -newer "$spa_dir/dist/index.html" -print -quit)
  [[ -z $newer ]]
}

build_spa() {
  [[ -f $spa_dir/package.json ]] || die "spa/package.json is missing: the dashboard cannot be built."
  spa_is_fresh && return 0
  use_node
  npm_ci "$spa_dir"
  (cd "$spa_dir" && npm run build)
}

configure() { # configure PRESET
  [[ -f $repo/build/$1/build.ninja ]] && return 0
  (cd "$repo" && cmake --preset "$1")
}

build_programs() { # build_programs PRESET [TARGET…]
  local target_preset=$1
  shift
  configure "$target_preset"
  (cd "$repo" && ninja -C "build/$target_preset" "$@")
}

program() { # program NAME: its path, or an error that says how to get it
  [[ -x $bin_dir/$1 ]] || die "$1 is not built yet." "Run ./dev build $preset (or ./dev up)."
  printf '%s' "$bin_dir/$1"
}

control_plane_as_root() { # control_plane_as_root COMMAND…: of wh-control-plane, for this installation
  local control_plane
  control_plane=$(program wh-control-plane) || return
  as_root "$control_plane" "$@" --home "$home_dir"
}

format_sources() {
  local files
  mapfile -t files < <(cd "$repo" && git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp')
  ((${#files[@]})) || return 0
  (cd "$repo" && printf '%s\n' "${files[@]}" | xargs -r ls 2>/dev/null | xargs -r clang-format-19 -i)
}
