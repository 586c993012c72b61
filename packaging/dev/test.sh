# shellcheck shell=bash
# ./dev test: builds with sanitizers and crash points, then every kind of test. A part that is expected and missing, a
# build that fails and a test that was skipped all count as failed.

total_passed=0
test_preset=dev
total_failed=0
results_dir=$repo/build/test-results

count() { # count PART PASSED FAILED [NOTE]
  total_passed=$((total_passed + $2))
  total_failed=$((total_failed + $3))
  printf '%-12s %5d passed, %d failed%s\n' "$1" "$2" "$3" "${4:+  ($4)}"
}

# runs STEP COMMAND…: true when it worked; else its last lines are shown. Errexit is off in here, by bash's rules.
runs() {
  local step=$1 log status
  shift
  log=$results_dir/$step.log
  set +e
  (
    set -euo pipefail
    "$@"
  ) >"$log" 2>&1
  status=$?
  set -e
  ((status == 0)) && return 0
  printf '\n--- %s failed; the end of %s:\n' "$step" "$log"
  tail -n "${show_lines:-40}" -- "$log" | sed 's/^/    /'
  return 1
}

test_lint() {
  local line
  runs lint python3 "$repo/tests/lint/run.py" || true
  line=$(tail -n 1 -- "$results_dir/lint.log")
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    count lint "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  else
    count lint 0 1 "did not finish"
  fi
}

build_for_tests() {
  build_programs "$test_preset"
}

test_ctest() { # test_ctest [PATTERN]
  local report=$results_dir/ctest.xml select=()
  [[ -z ${1:-} ]] || select=(--tests-regex "$1")
  rm -f -- "$report"
  show_lines=12 runs ctest ctest --test-dir "$repo/build/$test_preset" --label-exclude '^lint$' --output-on-failure --parallel "$(nproc)" \
    --timeout "$([[ $test_preset == dev ]] && echo 300 || echo 1500)" --output-junit "$report" "${select[@]}" ||
    python3 "$repo/packaging/dev/count_results.py" junit-failures "$report" || true
  count_report ctest junit "$report" "${1:-}"
}

count_report() { # count_report PART FORMAT FILE PATTERN
  local numbers
  if numbers=$(python3 "$repo/packaging/dev/count_results.py" "$2" "$3" 2>&1) && [[ $numbers =~ ^([0-9]+)\ ([0-9]+)$ ]]; then
    if ((BASH_REMATCH[1] + BASH_REMATCH[2] == 0)); then
      [[ -n $4 ]] || count "$1" 0 1 "no test was found" # with a pattern, a part may have none that match
    else
      count "$1" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    fi
  else
    count "$1" 0 1 "no result: $numbers"
  fi
}

test_spa() { # typecheck, lint and build count as one test each
  local step passed=0 failed=0
  for step in typecheck lint build; do
    if runs "spa-$step" npm --prefix "$spa_dir" run "$step"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
  count spa "$passed" "$failed" "typecheck, lint, build"
}

test_vitest() { # test_vitest [PATTERN]: of file names
  local report=$results_dir/vitest.json
  rm -f -- "$report"
  runs vitest run_vitest "$report" "${1:-}" || true
  count_report vitest vitest "$report" "${1:-}"
}

run_vitest() {
  cd "$spa_dir"
  npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$1" ${2:+--passWithNoTests "$2"}
}

prepare_spa() {
  use_node
  npm_ci "$spa_dir"
}

test_e2e() { # test_e2e [PATTERN]
  local report=$results_dir/playwright.json
  rm -f -- "$report"
  if [[ -n ${1:-} ]]; then
    npm_ci "$repo/tests/e2e" >/dev/null
    (cd "$repo/tests/e2e" && npx --no-install playwright test --list --grep "$1" >/dev/null 2>&1) || return 0
  fi
  show_lines=80 runs e2e run_playwright "$report" "${1:-}" || true
  count_report e2e playwright "$report" "${1:-}"
}

run_playwright() {
  npm_ci "$repo/tests/e2e"
  cd "$repo/tests/e2e"
  WISEHOSTING_SKIP_BUILD=1 PLAYWRIGHT_JSON_OUTPUT_NAME=$1 npx --no-install playwright test --reporter=list,json ${2:+--grep "$2"}
}

# Pictures of an installation with something in it; made to be looked at, and shown in README and guides.
take_screenshots() {
  install_packages build run test
  phase dashboard "" build_spa
  phase build "" build_programs dev wh-control-plane wh-agent wh-jail wh wh-oci-runtime
  npm_ci "$repo/tests/e2e"
  cd "$repo/tests/e2e"
  WISEHOSTING_SKIP_BUILD=1 npx --no-install playwright test --config screenshots.config.ts
}

# Kills every part of an installation at each crash point, or at random moments; prints the matrix and the seed.
test_crash() { # test_crash [--short | --matrix | --two | --random N] [--seed S] …: see tests/chaos/run.py --help
  local chosen=${WISEHOSTING_PRESET:-dev}
  install_packages build run test
  phase dashboard "" build_spa
  phase build "" build_programs "$chosen" wh-control-plane wh-agent wh-jail wh wh-oci-runtime
  export PYTHONDONTWRITEBYTECODE=1
  exec python3 "$repo/tests/chaos/run.py" --binaries "$repo/build/$chosen/bin" "$@"
}

# Data races, deadlocks and locks taken in another order, in all C++ tests. A finding fails its test; what is not ours is
# named, with the reason, in tests/support/tsan.supp.
test_threads() { # test_threads [PATTERN]
  test_preset=tsan
  export TSAN_OPTIONS="suppressions=$repo/tests/support/tsan.supp:second_deadlock_stack=1:history_size=4:die_after_fork=0"
  if runs packages install_packages build run test && runs spa-build build_spa && runs build build_for_tests; then
    test_ctest "${1:-}"
  else
    count build 0 1 "ctest could not run"
  fi
  say "$total_passed passed, $total_failed failed"
  ((total_failed == 0 && total_passed > 0))
}

command_test() {
  if [[ ${1:-} == crash ]]; then
    shift
    test_crash "$@"
  fi
  if [[ ${1:-} == threads ]]; then
    mkdir -p -- "$results_dir"
    test_threads "${2:-}"
    return
  fi
  local pattern=${1:-} started
  started=$(now_ms)
  mkdir -p -- "$results_dir"
  if runs packages install_packages build run test && runs node prepare_spa; then
    use_node
    # The dashboard is embedded into the control plane: it is built before the programs.
    if [[ -z $pattern ]]; then
      test_lint
      test_spa
    else
      runs spa-build build_spa || count spa 0 1 "does not build"
    fi
    test_vitest "$pattern"
    if runs build build_for_tests; then
      count build 1 0
      test_ctest "$pattern"
      test_e2e "$pattern"
    else
      count build 0 1 "ctest and e2e could not run"
    fi
  else
    count packages 0 1
  fi
  say ""
  say "took $(seconds "$(($(now_ms) - started))")"
  say "$total_passed passed, $total_failed failed"
  ((total_failed == 0 && total_passed > 0))
}
