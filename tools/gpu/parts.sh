# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The parts of gpu-check.sh. Each returns 0, or 75 (unavailable: a tool is missing or does not work
# here, and the last line of output says which), or anything else for a failure.

# The most seconds of each call: together with two starts of a machine they fit fifteen minutes.
declare -A call_limits=([1]=360 [2]=300)

# In their order: name, the call that it belongs to (0: to each), the seconds after which it is cut
# off, and those that an H200 with 16 cores takes. Those of call 1 were measured before it had
# training; what trains, and all of call 2, are estimates. Programs that were carried along are not
# built again.
table=(
  'build        0 420   1'
  'conformance  1  25   6'
  'golden       1  10   1'
  'training     1  10   1'
  'updates      1  25  10'
  'program      1  10   1'
  'device       1  20   2'
  'stress       1  25  10'
  'headline     1  75  13'
  'steps        1  60  35'
  'ncu          1  60  35'
  'memcheck     1  40  12'
  'package      2  25  15'
  'torch-steps  2  25  15'
  'others       2  75  60'
  'more-steps   2  35  30'
  'torch        2  40  30'
  'cuembed      2  15  10'
  'racecheck    2  42  40'
  'initcheck    2  42  40'
)
headline=('W7/1-32' W2 W3 'W5/b2048/d512' W1/uniform W10 W-road W-small)
others=(W1/alpha W1b 'W5/b2048/t200' 'W5/b140472' W7/4-4 W7/1-4 W7/4-32 W7/1-64 W7/8-8 W7c W8
  W-skew W-norm W-types W-columns W-copy)
# What trains. A step over W1 takes most of its time on the host, which makes the rows to compare with.
steps=('W1-train/sgd' W2-train W-hot W-run)
more_steps=(W1-train/rowwise W1-train/adam)
# A workload each, in which the kernel is launched: of hashing, of the layer's rows, of single rows,
# of sums.
profiled=('hash:W7/1-32' 'gather:W5/b2048/d512' 'copies:W2/adjacent' 'sums:W1/uniform')
# A sanitizer slows kernels down by tens, so it gets the tests that are short and go everywhere, of
# the suites and of training.
short=(HashStrings.Takes HashLies Hash.Takes Identity.IsReplayed Lookup Half.Layer Half.Counts
  Layer.Takes26 Layer.FillsBlocks Layer.WritesString Layer.Reuses DeviceFeatures.Below
  LongStepsOnDevice.Leave LongSteps.OfIndicators RaggedBatches.HoldThe FirstFault Threads)
short_training=(SameBits.OfSteps SameBits.OfFeatures SameBits.OfTables CapturedTraining.MayGroup
  Training.Keeps WideKeys.GiveTheBitsOfTheCpuIn EveryType.InSparseGradientsWith)
unavailable=75

parts=()
declare -A call_of limit_of predicted_of
while read -r name call limit predicted; do
  parts+=("$name")
  call_of[$name]=$call limit_of[$name]=$limit predicted_of[$name]=$predicted
done < <(printf '%s\n' "${table[@]}")

run_part() {
  under=() bin=$work/bin data=$root/data golden=$root/tests/golden python=${SEQFEAT_PYTHON:-python3}
  if [[ $rehearse != true ]]; then export SEQFEAT_REQUIRE_CUDA=1; fi
  case $1 in
    build) part_build ;;
    conformance) tests_of conformance '*' ;;
    golden) "$bin/golden" "$golden" ;;
    training) "$bin/training_loop" ;;
    updates) tests_of training_tests '*' ;;
    program) part_program ;;
    device) "$bin/device_tests" --gtest_filter=-*Replays.* --gtest_brief=1 ;;
    stress) "$bin/device_tests" --gtest_filter=Replays.* ;;
    headline) measure headline "$bin/seqfeat-bench" "${headline[@]}" ;;
    steps) measure steps "$bin/seqfeat-bench" "${steps[@]}" ;;
    others) measure others "$bin/seqfeat-bench" "${others[@]}" ;;
    more-steps) measure more-steps "$bin/seqfeat-bench" "${more_steps[@]}" ;;
    ncu) part_ncu ;;
    memcheck | racecheck | initcheck) part_sanitize "$1" ;;
    package) part_package ;;
    torch-steps) part_torch_steps ;;
    torch) part_torch ;;
    cuembed) part_cuembed ;;
  esac
}

# of_device PREFIX...: GoogleTest's filter for the tests on a device whose names begin so.
of_device() {
  local device=cuda
  if [[ $rehearse == true ]]; then device=simt; fi
  printf "*%s*/$device*:" "$@"
}

# tests_of SUITE PREFIX...: a device takes the tests one by one; of the emulator's each processor
# takes a share. What stands in $under runs them.
tests_of() {
  local command=("${under[@]}" "$bin/$1" --gtest_filter="$(of_device "${@:2}")" --gtest_brief=1)
  local shards=1 shard pid pids=() code=0
  if [[ $rehearse == true ]]; then shards=$(nproc); fi
  for ((shard = 0; shard < shards; ++shard)); do
    GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard "${command[@]}" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || code=$?; done
  return $code
}

# The programs that came along, or what is built here where one of them does not start.
part_build() {
  rm -rf -- "$bin" "$work/package"
  if [[ $rehearse == true ]]; then
    build_here emulated --preset cpu -DSEQFEAT_CLI=OFF
    return
  fi
  if [[ -f $carry/programs.tar.gz ]]; then tar -C "$work" -xzf "$carry/programs.tar.gz" || return; fi
  if all_start "$bin"; then
    [[ $(cat "$carry/tree") == "$(tree_checksum)" ]] ||
      echo 'note: the sources are not those of the programs that were carried along'
    return
  fi
  build_here programs --preset cuda -DSEQFEAT_CUDA_ARCHITECTURES=native -DSEQFEAT_CLI=ON
}

# build_here LIST CMAKE_ARGUMENT...: what gpu-carry.sh collected comes before the system's packages.
build_here() {
  local -n list=$1
  local targets
  shift
  mapfile -t targets < <(targets_of "${list[@]}")
  if [[ -d $carry/prefix ]]; then
    export CMAKE_PREFIX_PATH=$work/prefix:$carry/prefix:${CMAKE_PREFIX_PATH:-}
    export CPLUS_INCLUDE_PATH=$carry/prefix/include:${CPLUS_INCLUDE_PATH:-}
  fi
  build_googletest &&
    cmake -S "$root" -B "$work/build" -G "$(generator)" -DSEQFEAT_TESTS=ON -DSEQFEAT_BENCH=ON \
      -DSEQFEAT_EXAMPLES=ON -DSEQFEAT_WERROR=OFF -DCMAKE_CUDA_COMPILER_LAUNCHER= "$@" &&
    cmake --build "$work/build" -j "$(nproc)" --target "${targets[@]}" &&
    collect "$work/build" "$bin" "${list[@]}"
}

build_googletest() {
  local source=$carry/src/googletest
  [[ -d $source && ! -f $work/prefix/.googletest ]] || return 0
  cmake -S "$source" -B "$work/googletest" -G "$(generator)" -DBUILD_GMOCK=OFF \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/prefix" &&
    cmake --build "$work/googletest" -j "$(nproc)" && cmake --install "$work/googletest" &&
    touch "$work/prefix/.googletest"
}

# The command line program writes the same parts on both backends.
part_program() {
  local folder=$work/program
  if [[ $rehearse == true ]]; then
    echo 'the emulator has no command line program'
    return $unavailable
  fi
  rm -rf -- "$folder" && mkdir -p "$folder" && cd "$folder" || return
  printf '%s' '{"version": 1, "columns": [{"type": "embedding_column", "dimension": 10,
    "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket",
    "key": "tokens", "hash_bucket_size": 1000}}], "max_length": 64, "truncation": "keep_first"}' \
    >spec.json
  "$bin/seqfeat" doctor
  run() { # BACKEND OUTPUT TABLES...
    "$bin/seqfeat" --quiet run --spec spec.json --backend "$1" --output "$2" "${@:3}" \
      --emit values,lengths,mask,ids "$data/set_mm_sample.tfrecord"
  }
  run cpu first --save-tables tables.safetensors || return
  run cpu on-cpu --tables tables.safetensors || return
  run cuda on-cuda --tables tables.safetensors || return
  # Beside the parts, only the manifest and the lock name the run.
  diff -r --exclude=manifest.json --exclude=.seqfeat-lock on-cpu on-cuda &&
    echo 'both backends wrote the same parts'
}

# measure PART PROGRAM WORKLOAD...
measure() {
  local figures=$work/$1.figures program=$2 options
  shift 2
  mapfile -t options < <(bench_options "$@")
  "$program" "${options[@]}" --json "$figures" --tokens "$data/set_mm_sample.tfrecord" --markdown
}

# bench_options WORKLOAD...: what our program and its peers are told, an argument a line.
bench_options() {
  printf '%s\n' --commit "$(commit)"
  printf -- '--workload\n%s\n' "$@"
  if [[ $rehearse == true ]]; then
    printf '%s\n' --scale "$scale" --samples 2 --back-to-back 2
  else
    printf '%s\n' --samples 10
  fi
}

# A report of each kernel, and its pages as text, for whoever has no ncu.
part_ncu() {
  local one command
  if [[ $rehearse != true ]] && ! command -v ncu; then
    echo 'no ncu on PATH'
    return $unavailable
  fi
  for one in "${profiled[@]}"; do
    command=("$bin/seqfeat-bench" --once --workload "${one#*:}\$"
      --tokens "$data/set_mm_sample.tfrecord")
    if [[ $rehearse == true ]]; then
      "${command[@]}" --scale "$scale" || return
    else
      profile "$OUT/ncu-${one%%:*}" || return
    fi
  done
}

# profile REPORT, of $command
profile() {
  local code=0
  ncu --clock-control none --profile-from-start off --set full --force-overwrite --export "$1" \
    "${command[@]}" || code=$?
  if ((code == 0)) && ncu --import "$1.ncu-rep" --page details; then return 0; fi
  echo 'ncu did not work; the same launch without it:'
  "${command[@]}" || return 1
  echo "ncu ended with $code"
  return $unavailable
}

# part_sanitize TOOL: tests under compute-sanitizer. Without a summary the tool did not work, if the
# same tests pass without it; a rehearsal runs them in the emulator's thread orders.
part_sanitize() {
  local output=$work/$1.out code=0 summary
  if [[ $rehearse == true ]]; then
    local -A orders=([memcheck]=asc [racecheck]=rand:1 [initcheck]=desc)
    echo "rehearsed by the emulator's own checks, SIMT_ORDER=${orders[$1]}"
    short_tests env SIMT_ORDER="${orders[$1]}"
    return
  fi
  if ! command -v compute-sanitizer; then
    short_tests || return
    echo 'no compute-sanitizer on PATH'
    return $unavailable
  fi
  short_tests compute-sanitizer --tool "$1" --error-exitcode 86 2>&1 | tee "$output"
  code=${PIPESTATUS[0]}
  summary=$(grep -E '(ERROR|RACECHECK) SUMMARY' "$output" | tail -n 1)
  if ! grep -qi 'device not supported' "$output"; then
    if [[ $code == 0 && $summary =~ SUMMARY:\ 0\  ]]; then return 0; fi
    if [[ -n $summary ]]; then return 1; fi
  fi
  echo 'compute-sanitizer did not work; the same tests without it:'
  short_tests || return 1
  echo "compute-sanitizer ended with $code: $(grep . "$output" | tail -n 1)"
  return $unavailable
}

# short_tests [COMMAND...]: the short tests of both suites, under a command.
short_tests() {
  local under=("$@")
  tests_of conformance "${short[@]}" && tests_of training_tests "${short_training[@]}"
}

# torch_is_there: whether it sees the device; says so if not. A rehearsal asks for no device.
torch_is_there() {
  if [[ $rehearse == true ]] ||
    "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then return; fi
  echo "no torch with CUDA in $python (SEQFEAT_PYTHON names another)"
  return 1
}

# package_is_there: whether the Python package was carried along; says so if not.
package_is_there() {
  if [[ -d $work/package ]]; then return; fi
  echo 'no Python package: tools/gpu-carry.sh builds it, with kernels, and the emulator has none'
  return 1
}

# The tests of the package's devices, in torch and in JAX if it is there.
part_package() {
  local tests=("$root/python/tests/with_torch/torch_cuda_test.py")
  package_is_there && torch_is_there || return $unavailable
  export PYTHONPATH=$work/package XLA_PYTHON_CLIENT_PREALLOCATE=false
  if "$python" -c 'import jax'; then tests+=("$root/python/tests/with_jax/jax_layer_test.py"); fi
  "$root/python/tests/run" "$python" "${tests[@]}"
}

part_torch_steps() {
  package_is_there && torch_is_there || return $unavailable
  PYTHONPATH=$work/package "$python" -B "$root/bench/peers/torch_steps.py" --commit "$(commit)" \
    --json "$work/torch-steps.figures"
}

# The same sizes in torch, if there is one that sees the device.
part_torch() {
  local options shapes=$work/shapes.json code=0
  torch_is_there || return $unavailable
  "$bin/seqfeat-bench" --definitions >"$shapes" || return
  mapfile -t options < <(bench_options W1/ W1b W2 W3 W5 W-road)
  if [[ $rehearse == true ]]; then options+=(--rehearse); fi
  "$python" -B "$root/bench/peers/torch_ops.py" --definitions "$shapes" "${options[@]}" \
    --json "$work/torch.figures" || code=$?
  if ((code == 4)); then
    echo "no torch in $python: nothing to rehearse"
    return $unavailable
  fi
  return $code
}

part_cuembed() {
  if [[ ! -x $bin/cuembed-bench ]]; then
    echo 'no cuembed-bench: tools/gpu-carry.sh --cuembed builds it'
    return $unavailable
  fi
  measure cuembed "$bin/cuembed-bench" W1/uniform W1/alpha W1b W2 W3
}
