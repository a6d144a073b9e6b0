#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# gpu_check_test.sh ROOT [SEQFEAT_BENCH]: tools/gpu-check.sh among programs and tools that do what the
# test wants. SEQFEAT_BENCH says which workloads there are.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
failures=0
# Sources that nobody else writes to meanwhile.
root=$folder/root
carried=$root/.carry/bin
mkdir -p "$root"/{bench/peers,cmake,cuda,data,examples,include,python/tests,src,tests,tools}
touch "$root"/{CMakeLists.txt,CMakePresets.json}
cp -R -- "$1/tools/gpu-check.sh" "$1/tools/gpu" "$root/tools/"
export SEQFEAT_GPU_CHECK_WORK=$folder/work OUT=$folder/out PATH=$folder/bin:$PATH LOG=$folder/calls
export SEQFEAT_PYTHON=$folder/bin/a-python

# tool PATH BODY: a program that writes down that it was called.
tool() {
  mkdir -p "$(dirname "$1")"
  printf '#!/usr/bin/env bash\necho "%s $*" >>"$LOG"\n%s\n' "$(basename "$1")" "$2" >"$1"
  chmod +x "$1"
}
# A benchmark leaves its figures where it is told.
figures='while (($#)); do [[ $1 != --json ]] || echo "{\"results\":
 [1]}" >"$2"; shift; done'

# As on a machine where all is well.
fresh() {
  rm -rf -- "$folder/work" "$folder/out" "$folder/bin" "$root/.carry" "$LOG"
  touch "$LOG"
  local program
  mkdir -p "$root/.carry/package"
  tool "$root/python/tests/run" 'echo "3 passed, 0 failed"'
  for program in conformance training_tests golden training_loop device_tests seqfeat-bench \
    cuembed-bench; do
    tool "$carried/$program" "[[ \$SEQFEAT_REQUIRE_CUDA == 1 ]] || exit 1; $figures"
  done
  tool "$carried/seqfeat" 'while (($#)); do [[ $1 != --output ]] || mkdir "$2"; shift; done'
  printf 'the tree\n' >"$root/.carry/tree"
  printf 'a commit\n' >"$root/.carry/commit"
  tool "$folder/bin/ldd" 'echo "libc.so => found"'
  tool "$folder/bin/cmake" 'exit 1'
  tool "$folder/bin/nvidia-smi" 'echo "A device, 1.2, 3 MHz"'
  tool "$folder/bin/compute-sanitizer" 'echo "========= ERROR SUMMARY: 0 errors"'
  tool "$folder/bin/ncu" 'exit 0'
  tool "$SEQFEAT_PYTHON" "$figures"
}

check() {
  tar -C "$root/.carry" -czf "$root/.carry/programs.tar.gz" bin package
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
expect_status() { expect "\"part\": \"$1\", \"status\": \"$2\""; }
expect_calls() {
  local calls
  calls=$(grep -c "^$1" "$LOG")
  [[ $calls == "$2" ]] || fail "$1 was called $calls times, expected $2"
}
# The machine forgets all but what came back.
forget() {
  cp -- "$OUT/gpu-check.json" "$folder/record"
  rm -rf -- "$folder/work" "$folder/out" "$LOG"
  touch "$LOG"
}

name='the limits of a call fit it'
source "$root/tools/gpu/parts.sh"
for number in 1 2; do
  sum=0
  for part in "${parts[@]}"; do
    ((call_of[$part] != number)) || sum=$((sum + limit_of[$part]))
    ((predicted_of[$part] <= limit_of[$part])) || fail "$part is expected to be cut off"
    [[ $part == build ]] ||
      grep -q "^| \`$part\` | ${call_of[$part]} | .* | ${predicted_of[$part]} | ${limit_of[$part]} |$" \
        "$1/bench/README.md" || fail "bench/README.md says otherwise of $part"
  done
  ((sum <= call_limits[$number])) || fail "call $number may take $sum s"
done
((call_limits[1] <= 360 && call_limits[2] <= 300)) || fail 'the calls are too long'

if (($# > 1)); then
  name='each workload is in one of the parts'
  # listed PREFIX...: the names of the workloads that these ask for.
  listed() { printf -- '--workload\n%s\n' "$@" | xargs -d '\n' "$bench" --list | cut -f 1; }
  bench=$2
  [[ $({ listed "${headline[@]}" && listed "${others[@]}"; } | sort) == "$("$bench" --list | cut -f 1 | sort)" ]] ||
    fail 'a workload is in none or in both'
  [[ $({ listed "${steps[@]}" && listed "${more_steps[@]}"; } | sort) == "$(listed W1-train W2-train W-hot W-run | sort)" ]] ||
    fail 'a workload of training is in none or in both'
fi

name='all is well in the first call'
fresh
check --call 1
expect_code 3
for part in build conformance golden training updates program device stress headline steps ncu \
  memcheck; do
  expect_status "$part" passed
done
for part in package torch-steps others more-steps torch cuembed racecheck initcheck; do
  expect_status "$part" pending
done
expect 'A device, 1.2, 3 MHz'
expect '"rehearsed": false'
expect '"commit": "a commit"'
expect '"figures": {"results": [1]}'
expect_calls cmake 0
expect_calls seqfeat-bench 2 # the others are started by ncu
expect_calls 'ncu --clock-control' 4
expect_calls 'ncu --import' 4
grep -q '^ncu --clock-control none .*seqfeat-bench --once --workload W7/1-32\$ ' "$LOG" ||
  fail 'hashing was not profiled alone'
for program in conformance training_tests; do
  grep -q "^$program --gtest_filter=.*/cuda" "$LOG" || fail "not the tests of the device: $program"
  grep -q "^compute-sanitizer --tool memcheck .*/$program --gtest_filter=.*/cuda" "$LOG" ||
    fail "$program is not under the sanitizer"
done

name='the second goes on from the record of the first'
forget
check --call 2 --record "$folder/record"
expect_code 0
for part in conformance headline package torch-steps others more-steps torch cuembed racecheck \
  initcheck; do
  expect_status "$part" passed
done
expect_calls golden 0
expect_calls 'ncu --clock-control' 0
expect_calls seqfeat-bench 3 # one of them says what torch should measure
expect_calls 'compute-sanitizer --tool' 4

name='figures on record leave as files'
check --figures "$folder/figures"
expect_code 0
for part in headline steps torch-steps others more-steps torch cuembed; do
  [[ $(tr -d ' \n' <"$folder/figures-$part.json") == '{"results":[1]}' ]] || fail "$part has no figures"
done

name='a record of other sources is none'
forget
printf 'another tree\n' >"$root/.carry/tree"
check --call 1 --record "$folder/record"
expect_calls golden 1

name='a part by name runs also if it is on record'
fresh
check --part golden
expect_code 3
expect_status golden passed
expect_status headline pending
check --part golden
expect_calls golden 2

name='a part that takes too long is cut off, with its figures, and the next one runs'
fresh
sed -i "s/'headline     1  75/'headline     1   5/" "$root/tools/gpu/parts.sh"
tool "$carried/seqfeat-bench" "$figures; sleep 60"
check --call 1
cp -- "$1/tools/gpu/parts.sh" "$root/tools/gpu/parts.sh"
expect_code 3
expect 'cut off after 5 s'
expect '"figures": {"results": [1]}'
expect_status headline cut
expect_status memcheck passed

name='when the time is up the rest is left for the next call'
fresh
check --call 1 --budget 1
expect_code 3
expect_status build pending

name='without ncu its part is on record as such'
fresh
tool "$folder/bin/ncu" 'echo "LibraryNotLoaded"; exit 9'
check --part ncu
expect_status ncu unavailable
expect 'LibraryNotLoaded'

name='but a launch that fails without it too is a failure'
fresh
tool "$folder/bin/ncu" 'exit 9'
tool "$carried/seqfeat-bench" 'exit 1'
check --part ncu
expect_code 1
expect_status ncu failed

name='without torch on a device its part is on record as such'
fresh
tool "$SEQFEAT_PYTHON" 'exit 1'
check --part torch
expect_status torch unavailable
expect 'no torch with CUDA'
check --part package
expect_status package unavailable

name='what torch gets wrong is a failure'
fresh
tool "$SEQFEAT_PYTHON" '[[ $1 == -c ]] || { echo "step 7 differs"; exit 1; }'
check --part torch
expect_code 1
expect_status torch failed
expect 'step 7 differs'

name='without a cuEmbed its part is on record as such'
fresh
rm -- "$carried/cuembed-bench"
check --part cuembed
expect_status cuembed unavailable

name='a sanitizer that does not work is on record as such'
fresh
tool "$folder/bin/compute-sanitizer" 'echo "========= Error: Device not supported"; exit 1'
check --part memcheck
expect_status memcheck unavailable
expect 'Device not supported'

name='a sanitizer that does not work hides no failing test'
tool "$carried/training_tests" 'exit 1'
check --part racecheck
expect_code 1
expect_status racecheck failed

name='what a sanitizer finds is a failure'
fresh
tool "$folder/bin/compute-sanitizer" 'echo "========= ERROR SUMMARY: 2 errors"; exit 86'
check --part memcheck
expect_code 1
expect_status memcheck failed

name='so is a test that fails under it'
fresh
tool "$folder/bin/compute-sanitizer" 'echo "========= ERROR SUMMARY: 0 errors"; exit 1'
check --part initcheck
expect_code 1
expect_status initcheck failed

name='backends that write different parts are a failure'
fresh
tool "$carried/seqfeat" 'backend=
while (($#)); do
  [[ $1 != --backend ]] || backend=$2
  [[ $1 != --output ]] || { mkdir "$2"; echo $backend >"$2/part-00000"; }
  shift
done'
check --part program
expect_code 1
expect_status program failed

name='a failing benchmark is a failure, with its last words'
fresh
tool "$carried/seqfeat-bench" 'echo "differs from the \"CPU\" backend"; exit 1'
check --part headline
expect_code 1
expect_status headline failed
expect 'differs from the \"CPU\" backend'

name='where a carried program does not start, all are built'
fresh
tool "$folder/bin/ldd" 'echo "version GLIBC_9 not found"'
check --call 1
expect_code 1
expect_status build failed
expect 'GLIBC_9 not found'
expect_status golden pending
((0 < $(grep -c '^cmake ' "$LOG"))) || fail 'nothing was built'

name='what nobody knows is refused'
check --part nonsense
expect_code 2
check --call 3
expect_code 2
check --record "$folder/nonsense"
expect_code 2

((failures == 0)) && echo 'all is as it should be'
exit $((failures > 0))
