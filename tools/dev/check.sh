# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev check [STEP [--OPTION...]...]: every step prints what it does and ends with a total.

source "$root/tools/dev/cuda.sh"
source "$root/tools/dev/fuzz.sh"
source "$root/tools/dev/ptx.sh"
source "$root/tools/dev/tensorflow.sh"
source "$root/tools/dev/check_python.sh"
source "$root/tools/dev/engines.sh"
source "$root/tools/dev/torch.sh"
check_steps=(format tidy asan tsan fuzz nvcc ptx mutants tensorflow records soak python jax torch engines)

# A bare check has an hour together with `./dev test`: some steps come every day, the others on one
# day in three, and several take less than when they are named. SEQFEAT_DAY repeats another day's.
every_day=(format nvcc ptx)
one_day_in_three=(asan 'records soak tsan' 'tensorflow fuzz tidy')
today() { echo "${SEQFEAT_DAY:-$(($(date +%s) / 86400))}"; }
day_of_three() { echo $(($(today) % 3)); }
# third_day N: a number below N, the next one each time that a day of three comes round.
third_day() { echo $(($(today) / 3 % $1)); }

# What the longer steps of a bare check take, in seconds, where `./dev test` of a fresh clone takes
# 970: on two cores of an AMD EPYC (Zen 4).
declare -A seconds_of=([test]=970 [nvcc]=345 [ptx]=315 [asan]=1200 [tsan]=1650 [tidy]=1050 [mutants]=180)
# fits STEP: whether the hour has time left for it. CI says in SEQFEAT_TEST_TOOK how many seconds
# `./dev test` took, which tells how much slower this machine is; without it there is no hour.
fits() {
  local took=${SEQFEAT_TEST_TOOK:-} needs left
  if [[ -z $took ]]; then return; fi
  needs=$((${seconds_of[$1]:-0} * (took > seconds_of[test] ? took : seconds_of[test]) / seconds_of[test]))
  left=$((3600 - took - SECONDS))
  if ((needs <= left)); then return; fi
  say "check $1 is left out: it would take $needs s here, and $left s are left of the hour; run it by its name"
  return 1
}

check_everything() {
  local step options started took='' built=cpu own output total totals=''
  mkdir -p "$root/build"
  own=$(mktemp -d "$root/build/check.XXXXXX") output=$own/output # others may check in this checkout too
  check_is_brief=
  if (($# == 0)); then
    check_is_brief=yes
    # shellcheck disable=SC2086 # words of a list
    set -- "${every_day[@]}" ${one_day_in_three[$(day_of_three)]} mutants
    say "check: on day $(today) $*, of ${check_steps[*]}"
  fi
  while (($#)); do
    step=$1 options=()
    shift
    while [[ ${1:-} == --* ]]; do
      options+=("$1")
      shift
    done
    [[ " ${check_steps[*]} " == *" $step "* ]] ||
      die "check: unknown step '$step', expected some of: ${check_steps[*]}"
    if [[ -n $check_is_brief ]] && ! fits "$step"; then
      took+=", $step left out"
      continue
    fi
    if [[ -n $check_is_brief && $step == [at]san ]]; then built=$step; fi
    started=$SECONDS
    printf '== check %s\n' "$step"
    # In a subshell, so that a step which gives up is one failure, not the end of the others.
    ("check_$step" "${options[@]}") 2>&1 | tee "$output" || true
    totals+=$(tail -n 1 "$output" | grep . || echo "$step: no output")$'\n'
    took+=", $step $((SECONDS - started)) s"
    printf '== %s took %d s\n' "$step" $((SECONDS - started))
  done
  printf '== check took %s\n' "${took#, }"
  rm -r -- "$own"
  total=$(printf '%s' "$totals" | sum_totals)
  printf '%s\n' "$total"
  finish "$total"
}

# One check as one case: `as_case NAME COMMAND...`.
as_case() {
  local name=$1
  shift
  if "$@"; then echo '1 passed, 0 failed'; else failed "$name"; fi
}

# with_total NAME COMMAND...: a runner that ends with a total; one that breaks off is a failure.
with_total() {
  local name=$1 output=$root/build/check-$1.txt
  shift
  "$@" 2>&1 </dev/null | tee "$output" || true
  is_total "$(tail -n 1 "$output")" || failed "$name: it broke off"
}

check_format() {
  need_packages clang-format
  as_case format check_formatting
}
check_formatting() { sources_to_format | xargs -0 clang-format --dry-run --Werror; }

check_asan() { check_preset asan; }
check_tsan() { check_preset tsan; }
# A bare check takes the emulated suites in one order of threads, another one each time, under
# ThreadSanitizer one of the two suites; `./dev test` takes all.
check_preset() {
  local others left_out='^$'
  need_packages "${packages_cli[@]}" "${packages_test[@]}"
  configure "$1" -DSEQFEAT_TESTS=ON -DSEQFEAT_PYTHON=OFF || return
  if [[ -n ${check_is_brief:-} ]]; then
    case $(third_day 3) in
      0) others='desc|rand:.*' ;;
      1) others='[0-9]+|rand:.*' ;;
      2) others='[0-9]+|desc' ;;
    esac
    left_out="^(conformance|training)_simt\\.($others)\$"
    # The rehearsal of the benchmark runs kernels of these suites once more, for its results.
    if [[ $1 == tsan ]]; then
      case $(($(third_day 6) / 3)) in
        0) left_out+='|^(training_simt\..*|bench_simt_tests)$' ;;
        1) left_out+='|^(conformance_simt\..*|bench_simt_tests)$' ;;
      esac
    fi
  fi
  run_tests "$1" -LE source -E "$left_out"
}

# Every fuzz target for a moment, and one with an overflow planted, which has to be found.
check_fuzz() {
  local target targets
  mapfile -t targets < <(fuzz_targets)
  need_packages "${packages_cli[@]}" "${packages_test[@]}" "${packages_clang[@]}"
  configure fuzz >/dev/null || return
  build fuzz fuzz_planted "${targets[@]/#/fuzz_}" >/dev/null || return
  {
    as_case 'fuzz: the planted overflow is found' \
      "$root/tests/fuzz/finds_planted" "$root/build/fuzz/tests/fuzz/fuzz_planted"
    for target in "${targets[@]}"; do
      as_case "fuzz $target" run_fuzzer "$root/build/fuzz" "$target" 10
    done
  } | sum_totals_showing_the_rest
}

# The library's own sources, each alone; the headers come along with them.
check_tidy() {
  need_packages "${packages_cli[@]}" "${packages_test[@]}" clang clang-tidy
  # Without precompiled headers: clang cannot read g++'s, and a source has to include what it uses.
  configure cpu -B "$root/build/tidy" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DSEQFEAT_TESTS=OFF >/dev/null || return
  find "$root/src" -name '*.cpp' -print0 | sort -z | xargs -0 -P "$jobs" -n 1 \
    "$root/tools/dev/tidy-one" "$root/build/tidy" | sum_totals_showing_the_rest
}
# Shows what is no total and adds up what is.
sum_totals_showing_the_rest() {
  local line totals=''
  while IFS= read -r line; do
    if is_total "$line"; then
      totals+=$line$'\n'
    else
      printf '%s\n' "$line"
    fi
  done
  printf '%s' "$totals" | sum_totals
}

# Every kernel for every architecture; spills and warnings are errors. Then what nvcc made of them.
check_nvcc() {
  need_packages "${packages_cli[@]}" "${packages_test[@]}"
  if ! need_nvcc; then
    failed 'nvcc: no CUDA compiler here and none could be got (see above)'
    return
  fi
  configure_beside_cpu cuda -DSEQFEAT_TESTS=OFF -DSEQFEAT_CLI=OFF "${cuda_arguments[@]}" || return
  {
    as_case 'nvcc: compile for every architecture' build cuda
    as_case 'nvcc: an outside project builds against the installed package' check_cuda_package
    check_sass
  } | sum_totals_showing_the_rest
}
check_cuda_package() {
  local prefix=$root/build/cuda/prefix
  cmake --install "$root/build/cuda" --prefix "$prefix" >/dev/null &&
    cmake -S "$root/tests/package/consumer" -B "$root/build/cuda/consumer" \
      "-DCMAKE_PREFIX_PATH=$prefix" "-DEXPECTED_PREFIX=$prefix" &&
    cmake --build "$root/build/cuda/consumer" && "$root/build/cuda/consumer/consumer"
}
check_sass() {
  if ! need_disassembler; then
    failed 'nvcc: no disassembler here and none could be got (see above)'
    return
  fi
  "$root/tools/sass_check.py" --cuobjdump "$(command -v cuobjdump)" --nvcc "$(command -v nvcc)" \
    "$root/build/cuda/libseqfeat.a"
}

# Planted faults that the suite has to notice. In a bare check those of the build that is there ($built
# of check_everything), of the many for the plain build a sixth.
check_mutants() {
  local arguments=()
  if [[ -n ${check_is_brief:-} ]]; then
    arguments=(--preset "$built")
    if [[ $built == cpu ]]; then arguments+=(--share "$(third_day 6)/6"); fi
  fi
  need_packages "${packages_cli[@]}" "${packages_test[@]}"
  "$root/tests/mutants/run" "${arguments[@]}"
}

# Our parser of records against Python's protobuf, which lives under build/. By name 50,000
# records and as many mutants; in a bare check what comes in a minute.
check_records() {
  local program=$root/build/cpu/tests/records/read_records arguments=()
  if [[ -n ${check_is_brief:-} ]]; then arguments=(--seconds 55); fi
  need_packages "${packages_cli[@]}" "${packages_test[@]}"
  if ! need_wheels venv-records records; then
    failed 'records: no protobuf could be got (see above)'
    return
  fi
  configure cpu -DSEQFEAT_TESTS=ON >/dev/null && build cpu read_records >/dev/null || return
  {
    as_case 'records: planted differences are noticed' finds_failures \
      against_protobuf "$program" --seed 1 --records 1000 --mutants 1000 --plant
    with_total records against_protobuf "$program" "${arguments[@]}"
  } | sum_totals_showing_the_rest
}

against_protobuf() {
  "$root/build/venv-records/bin/python" -B "$root/tests/records/check.py" "$@" </dev/null
}

# Jobs by chance for `seqfeat run`, interrupted in every way, against a plain recomputation. By name
# ten minutes; in a bare check one.
check_soak() {
  local seconds=600 plant
  if [[ -n ${check_is_brief:-} ]]; then seconds=55; fi
  need_packages python3
  build_cli
  {
    for plant in model bytes; do
      as_case "soak: a planted fault is noticed ($plant)" finds_failures \
        python3 -B "$root/tests/soak/soak.py" "$(cli_path)" --seed 1 --jobs 6 --plant "$plant"
    done
    with_total soak python3 -B "$root/tests/soak/soak.py" "$(cli_path)" --seconds "$seconds"
  } | sum_totals_showing_the_rest
}
