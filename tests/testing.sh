# ./dev test: what it builds, runs, leaves out and says at its end. Read by dev, whose words
# (say, fail, need, build, parallel) it uses.
# shellcheck shell=bash disable=SC2154

passed=0
failed=0
failures=()  # "PRESET TEST", in the order of failing

# run_ctest PRESET [OPTIONS...]: adds to passed, failed and failures, never exits; what the tests
# printed is then in build/log/PRESET-tests.
run_ctest() {
  local preset=$1 log=build/log/$1-ctest told
  told=$(folder_of "$preset")/Testing/Temporary/LastTest.log
  rm -f "$told"
  local progress=()
  [ -t 1 ] && progress=(--progress)  # one moving line and the failures; else every test
  ctest --preset "$preset" -j "$(parallel)" "${progress[@]}" "${@:2}" 2>&1 | tee "$log" || true
  cp "$told" "build/log/$preset-tests" 2> /dev/null || true
  local bad all
  read -r bad all < <(sed -nE 's/.*, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$log") ||
    fail 70 "ctest gave no summary; its output: $log"
  failed=$((failed + bad))
  passed=$((passed + all - bad))
  local test
  while read -r test; do
    failures+=("$preset $test")
  done < <(sed -nE '/^The following tests FAILED:/,$ s/^[[:space:]]*[0-9]+ - (.*) \([A-Za-z -]+\)( .*)?$/\1/p' "$log")
}

# What decides how the tests of a build end, as far as it is here: sources, programs, recordings
# and what is asked of the tests by TORPOR_ variables.
fingerprint() {  # fingerprint PRESET; a folder that is not there is a part of it, too
  {
    find . \( -name build -o -name .git \) -prune -o -type f -printf '%p %s %T@\n'
    find "build/$1" build/firmware build/daemons build/onnxruntime -type f -perm -100 -printf '%p %s %T@\n' || true
    env | grep ^TORPOR_ || true
  } 2> /dev/null | LC_ALL=C sort | sha256sum
}

# All tests of the build dev, or those alone that test more when asked to, if the others have
# passed already with all of this.
test_dev() {  # test_dev ALL
  local before=$failed print
  print=$(fingerprint dev)  # before the run: what is edited during it has not been tested
  if [ "$1" = yes ] && [ "$print" = "$(cat build/dev/passed 2> /dev/null)" ]; then
    say "the tests have passed with these very programs; again only those that now test more," \
      "and what they leave out is told for these alone"
    TORPOR_EXHAUSTIVE=1 run_ctest dev -L exhaustive --no-tests=error
    return
  fi
  rm -f build/dev/passed
  TORPOR_EXHAUSTIVE=$([ "$1" = yes ] && echo 1) run_ctest dev
  [ "$failed" != "$before" ] || printf '%s\n' "$print" > build/dev/passed
}

# The verdict, last, with what the first failures printed: a log that was cut still says which.
sum_up() {
  local failure preset test
  for failure in "${failures[@]:0:5}"; do
    preset=${failure%% *} test=${failure#* }
    say "failed in $preset: $test"
    awk -v name="$test" '
      /^[0-9]+\/[0-9]+ Testing: / { inside = substr($0, index($0, ": ") + 2) == name }
      inside' "build/log/$preset-tests" | tail -n 40
  done
  [ "${#failures[@]}" -le 5 ] || say "and $((${#failures[@]} - 5)) more; build/log/*-ctest names them"
  printf '%s\n' "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}

not_run() {  # what the tests themselves say they left out
  local lines
  lines=$(cat build/log/*-tests 2> /dev/null | grep -h '^NOT RUN:' | sort | uniq -c || true)
  [ -z "$lines" ] && return
  say "left out:"
  printf '%s\n' "$lines"
}

# The back ends on this machine's GPU. nvcc and the driver are not Debian's: what is there
# is used.
test_gpu() {
  need "${core_packages[@]}" "${model_packages[@]}" "${test_packages[@]}"
  # The dependencies of the target are all that is built: seconds, where there is nvcc.
  quietly build/log/dev-configure cmake --preset dev
  local without
  without=$(sed -n 's/^-- \(.*without torpor-cuda.so\).*/\1/p' build/log/dev-configure)
  [ -z "$without" ] || fail 69 "nothing to test on a GPU: $without"
  build dev torpor-cuda cuda_device_test
  run_ctest dev -L gpu -j 1 --no-tests=error
  without=$(sed -n 's/^NOT RUN: no GPU: //p' build/log/dev-tests | head -n 1)
  [ -z "$without" ] || fail 69 "there is no GPU that CUDA can use, so nothing was tested: $without"
  grep '^ran on: ' build/log/dev-tests || true
  sum_up
}

command_test() {
  local all=no
  case "${1:-}" in
    '') ;;
    --all) all=yes ;;
    --gpu)
      test_gpu
      return
      ;;
    *) fail 64 "test takes --all, --gpu or nothing, not '$1'" ;;
  esac
  need "${core_packages[@]}" "${model_packages[@]}" "${test_packages[@]}" "${firmware_packages[@]}"
  [ $all = yes ] && need "${train_packages[@]}" "${shell_packages[@]}" "${clang_packages[@]}" \
    "${pages_packages[@]}" "${packages_test_packages[@]}"
  build_firmware || say "no image of the firmware: the tests that need it say so"
  build dev
  [ $all = yes ] && build asan
  if [ -x tests/fetch-daemons ]; then
    say "daemons for the tests: unpacked into build/daemons, not installed"
    tests/fetch-daemons 2> /dev/null || { apt update && tests/fetch-daemons; } ||
      say "no daemons: the tests that need them say so"
  fi
  say "ONNX Runtime for the tests: unpacked into build/onnxruntime, not installed"
  tests/fetch-onnxruntime || say "no ONNX Runtime: the tests that need it say so"
  if [ $all = yes ]; then
    say "Grafana's types for the test of the dashboards: unpacked into build/grafana, not installed"
    tests/fetch-grafana-schema || say "no types of Grafana's: the test that needs them says so"
    say "playwright-core for the test of the report's page: unpacked into build/playwright, not installed"
    tests/fetch-playwright || say "no playwright-core: the test that needs it says so"
  fi
  if [ -n "${TORPOR_DATA:-}" ]; then
    TORPOR_DATA=$(realpath "$TORPOR_DATA") || fail 66 "TORPOR_DATA is not there: $TORPOR_DATA"
    export TORPOR_DATA
  fi
  rm -f build/log/*-tests
  test_dev $all
  [ -f build/firmware/CTestTestfile.cmake ] && run_ctest firmware
  [ $all = yes ] && say "the same tests under the address and undefined-behaviour sanitizers" &&
    run_ctest asan
  # Last: in the folder of dev, where it changes the programs that have just been tested.
  [ $all = yes ] && build train && say "the tests of training" && run_ctest train
  not_run
  say "$((SECONDS - started)) s in all"
  sum_up
}
