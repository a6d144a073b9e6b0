#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# gpu_check_test.sh ROOT: tools/gpu-check.sh among tools that do what the test wants of them.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
failures=0
# Sources that nobody else writes to meanwhile.
root=$folder/root
mkdir -p "$root"/{bench/peers,cmake,cuda,data,examples,include,src,tests,tools}
touch "$root"/{CMakeLists.txt,CMakePresets.json}
cp -R -- "$1/tools/gpu-check.sh" "$1/tools/gpu" "$root/tools/"
export SEQFEAT_GPU_CHECK_WORK=$folder/work OUT=$folder/out PATH=$folder/bin:$PATH LOG=$folder/calls
export SEQFEAT_PYTHON=$folder/bin/a-python
mkdir -p "$folder/bin"

# tool PATH BODY: a program that writes down that it was called.
tool() {
  mkdir -p "$(dirname "$1")"
  printf '#!/usr/bin/env bash\necho "%s $*" >>"$LOG"\n%s\n' "$(basename "$1")" "$2" >"$1"
  chmod +x "$1"
}

# As on a machine where all is well.
fresh() {
  rm -rf -- "$folder/work" "$folder/out" "$LOG"
  touch "$LOG"
  tool "$folder/bin/cmake" 'echo "cmake version 9"'
  tool "$folder/bin/ctest" '[[ $SEQFEAT_REQUIRE_CUDA == 1 ]]'
  tool "$folder/bin/nvidia-smi" 'echo "A device, 1.2, 3 MHz"'
  tool "$folder/bin/compute-sanitizer" 'echo "========= ERROR SUMMARY: 0 errors"'
  tool "$folder/work/build/tests/conformance/conformance_cpu" 'exit 0'
  tool "$folder/work/build/bench/seqfeat-bench" 'exit 0'
  tool "$SEQFEAT_PYTHON" 'exit 0'
}

check() {
  (cd / && "$root/tools/gpu-check.sh" "$@") >"$folder/printed" 2>&1
  code=$?
  summary=$(cat "$OUT/gpu-check.json" 2>/dev/null)
  if command -v python3 >/dev/null && [[ -n $summary ]]; then
    python3 -m json.tool "$OUT/gpu-check.json" >/dev/null || fail 'the summary is not JSON'
  fi
}

fail() {
  printf 'FAIL %s: %s\n' "$name" "$1"
  cat "$folder/printed"
  failures=$((failures + 1))
}
expect_code() { [[ $code == "$1" ]] || fail "exit code $code, expected $1"; }
expect() { [[ $summary == *"$1"* ]] || fail "the summary lacks $1"; }
expect_status() { expect "\"stage\": \"$1\", \"status\": \"$2\""; }
expect_calls() {
  local calls
  calls=$(grep -c "^$1 " "$LOG")
  [[ $calls == "$2" ]] || fail "$1 was called $calls times, expected $2"
}

name='all is well'
fresh
check
expect_code 0
for stage in build test memcheck racecheck initcheck bench-hash bench-lookup bench-sequence \
  bench-layer bench-road bench-peers; do
  expect_status "$stage" passed
done
expect 'A device, 1.2, 3 MHz'
expect '"rehearsed": false'
expect_calls seqfeat-bench 6 # one of them says what the peers should measure
expect_calls a-python 2
[[ $(grep -c '^seqfeat-bench --commit' "$LOG") == 5 ]] || fail 'not five stages of benchmarks'

name='stages that passed are not run again'
check
expect_code 0
expect_calls ctest 1
expect_calls seqfeat-bench 6

name='unless the sources changed'
echo >"$root/src/new.cpp"
check
expect_code 0
expect_calls ctest 2
expect_calls seqfeat-bench 12

name='one stage by name runs also if it passed'
check --stage bench-hash
expect_code 0
expect_calls ctest 2
expect_calls seqfeat-bench 13

name='from a stage on'
check --from bench-lookup
expect_code 0
expect_calls seqfeat-bench 18

name='without torch on a device its stage is on record as such'
fresh
tool "$SEQFEAT_PYTHON" 'exit 1'
check
expect_code 0
expect_status bench-peers unavailable
expect 'no torch with CUDA'
expect_status bench-road passed
expect_calls seqfeat-bench 5

name='what torch gets wrong is a failure'
fresh
tool "$SEQFEAT_PYTHON" '[[ $1 == -c ]] || { echo "step 7 differs"; exit 1; }'
check
expect_code 1
expect_status bench-peers failed
expect 'step 7 differs'

name='a sanitizer that does not work is on record as such'
fresh
tool "$folder/bin/compute-sanitizer" 'echo "========= Error: Device not supported"; exit 1'
check
expect_code 0
expect_status memcheck unavailable
expect 'Device not supported'
expect_status bench-layer passed

name='a sanitizer that does not work hides no failing test'
tool "$folder/work/build/tests/conformance/conformance_cpu" 'exit 1'
check --stage racecheck
expect_code 1
expect_status racecheck failed

name='what a sanitizer finds is a failure'
fresh
tool "$folder/bin/compute-sanitizer" 'echo "========= ERROR SUMMARY: 2 errors"; exit 86'
check
expect_code 1
expect_status memcheck failed
expect_status bench-layer passed

name='so is a test that fails under it'
fresh
tool "$folder/bin/compute-sanitizer" 'echo "========= ERROR SUMMARY: 0 errors"; exit 1'
check
expect_code 1
expect_status initcheck failed

name='a failing benchmark is a failure, with its last words'
fresh
tool "$folder/work/build/bench/seqfeat-bench" 'echo "differs from the \"CPU\" backend"; exit 1'
check
expect_code 1
expect_status test passed
expect_status bench-hash failed
expect 'differs from the \"CPU\" backend'

name='what failed is run again'
tool "$folder/work/build/bench/seqfeat-bench" 'exit 0'
check
expect_code 0
expect_calls ctest 1

name='without a build nothing else runs'
fresh
tool "$folder/bin/cmake" 'exit 1'
check
expect_code 1
expect_status build failed
expect_status test pending
expect_calls ctest 0

name='when the time is up the rest is left for the next call'
fresh
check --budget 10
expect_code 3
expect_status build pending

name='a stage that nobody knows is refused'
check --stage nonsense
expect_code 2

((failures == 0)) && echo 'all is as it should be'
exit $((failures > 0))
