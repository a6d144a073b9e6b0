# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The stages of gpu-check.sh. Each returns 0, or 75 (unavailable: a tool is missing or does not work
# here, and the last line of output says which), or anything else for a failure.

stages=(build test memcheck racecheck initcheck bench-hash bench-lookup bench-sequence bench-layer
  bench-road bench-peers)
unavailable=75

stage_limit() {
  case $1 in
    build) echo 420 ;;
    test) echo 300 ;;
    *) echo 200 ;;
  esac
}

run_stage() {
  use_carried
  case $1 in
    build) stage_build ;;
    test) stage_test ;;
    memcheck | racecheck | initcheck) stage_sanitize "$1" ;;
    bench-hash) stage_bench "$1" W7 W8 ;;
    bench-lookup) stage_bench "$1" W1/ W1b ;;
    bench-sequence) stage_bench "$1" W2 W3 W-skew W-norm W-types ;;
    bench-layer) stage_bench "$1" W5 W10 W-columns ;;
    bench-road) stage_bench "$1" W-road W-copy ;;
    bench-peers) stage_peers "$1" ;;
  esac
}

# What gpu-carry.sh collected comes before the system's packages.
use_carried() {
  [[ -d $carry ]] || return 0
  export CMAKE_PREFIX_PATH=$work/prefix:$carry/prefix:${CMAKE_PREFIX_PATH:-}
  export CPLUS_INCLUDE_PATH=$carry/prefix/include:${CPLUS_INCLUDE_PATH:-}
}

generator() { if command -v ninja >/dev/null 2>&1; then echo Ninja; else echo 'Unix Makefiles'; fi; }

build_carried() {
  local source=$carry/src/googletest
  [[ -d $source && ! -f $work/prefix/.googletest ]] || return 0
  cmake -S "$source" -B "$work/googletest" -G "$(generator)" -DBUILD_GMOCK=OFF \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/prefix" &&
    cmake --build "$work/googletest" -j "$(nproc)" && cmake --install "$work/googletest" &&
    touch "$work/prefix/.googletest"
}

stage_build() {
  local arguments=(--preset cuda -DSEQFEAT_CUDA_ARCHITECTURES=90-real -DSEQFEAT_WERROR=OFF
    -DSEQFEAT_BENCH=ON)
  if [[ $rehearse == true ]]; then arguments=(--preset cpu); fi
  cd "$root" && build_carried || return
  cmake "${arguments[@]}" -B "$work/build" -G "$(generator)" -DSEQFEAT_TESTS=ON -DSEQFEAT_CLI=ON &&
    cmake --build "$work/build" -j "$(nproc)"
}

# On a device everything; a rehearsal takes what runs on the emulator.
stage_test() {
  local arguments=()
  if [[ $rehearse == true ]]; then arguments=(-L simt); else export SEQFEAT_REQUIRE_CUDA=1; fi
  ctest --test-dir "$work/build" -j "$(nproc)" --no-tests=error --output-on-failure \
    --output-junit "$work/ctest.xml" "${arguments[@]}"
}

# stage_sanitize TOOL: the conformance suite under compute-sanitizer. Without a summary the tool did
# not work, if the same tests pass without it; a rehearsal runs them in the emulator's thread orders.
stage_sanitize() {
  local tests=$work/build/tests/conformance/conformance_cpu filter='--gtest_filter=*/cuda*' output code=0
  export SEQFEAT_REQUIRE_CUDA=1
  if [[ $rehearse == true ]]; then
    case $1 in
      memcheck) export SIMT_ORDER=asc ;;
      racecheck) export SIMT_ORDER=rand:1 ;;
      initcheck) export SIMT_ORDER=desc ;;
    esac
    echo "rehearsed by the emulator's own checks, SIMT_ORDER=$SIMT_ORDER"
    "$work/build/tests/conformance/conformance_simt" --gtest_brief=1
    return
  fi
  if ! command -v compute-sanitizer; then
    "$tests" "$filter" --gtest_brief=1 || return
    echo 'no compute-sanitizer on PATH'
    return $unavailable
  fi
  output=$work/$1.out
  timeout "$SEQFEAT_SANITIZER_SECONDS" compute-sanitizer --tool "$1" --error-exitcode 86 "$tests" \
    "$filter" --gtest_brief=1 >"$output" 2>&1 || code=$?
  tail -c 20000 "$output"
  judge_sanitizer "$code" "$output" "$tests" "$filter"
}

refuses_device() { grep -qi 'device not supported' "$1"; }

# judge_sanitizer EXIT_CODE OUTPUT TESTS FILTER
judge_sanitizer() {
  local summary
  summary=$(grep -E '(ERROR|RACECHECK) SUMMARY' "$2" | tail -n 1)
  if [[ $1 == 0 && $summary =~ SUMMARY:\ 0\  ]] && ! refuses_device "$2"; then return 0; fi
  if [[ -n $summary ]] && ! refuses_device "$2"; then return 1; fi
  echo 'compute-sanitizer did not work; the same tests without it:'
  "$3" "$4" --gtest_brief=1 || return 1
  echo "compute-sanitizer ended with $1: $(grep . "$2" | tail -n 1)"
  return $unavailable
}

bench_program() {
  if [[ $rehearse == true ]]; then
    echo "$work/build/tests/bench/seqfeat-bench-simt"
  else
    echo "$work/build/bench/seqfeat-bench"
  fi
}

# bench_options NAME PREFIX...: what our program and its peers are told, an argument a line.
bench_options() {
  printf '%s\n' --commit "$(commit)" --json "$OUT/$1.json"
  shift
  printf -- '--workload\n%s\n' "$@"
  if [[ $rehearse == true ]]; then printf '%s\n' --scale 1e-6 --samples 3 --back-to-back 2; fi
}

# stage_bench NAME PREFIX...
stage_bench() {
  local options
  mapfile -t options < <(bench_options "$@")
  "$(bench_program)" "${options[@]}" --markdown
}

# The same sizes in torch, if there is one that sees the device.
stage_peers() {
  local options python=${SEQFEAT_PYTHON:-python3} shapes=$work/shapes.json code=0
  if [[ $rehearse != true ]] &&
    ! "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    echo "no torch with CUDA in $python (SEQFEAT_PYTHON names another)"
    return $unavailable
  fi
  "$(bench_program)" --definitions >"$shapes" || return
  mapfile -t options < <(bench_options "$1" W1/ W1b W2 W3 W5 W-road)
  if [[ $rehearse == true ]]; then options+=(--rehearse); fi
  "$python" -B "$root/bench/peers/torch_ops.py" --definitions "$shapes" "${options[@]}" || code=$?
  if ((code == 4)); then
    echo "no torch in $python: nothing to rehearse"
    return $unavailable
  fi
  return $code
}
