# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev fuzz TARGET SECONDS: runs libFuzzer on one target and shows executions and coverage.

fuzz_targets() {
  sed -n 's/^ *seqfeat_add_fuzz_target(\([a-z0-9_]*\).*/\1/p' "$root/tests/fuzz/CMakeLists.txt"
}

fuzz() {
  if (($# == 0)); then
    fuzz_targets
    return
  fi
  local target=$1 seconds=${2:-60} folder=$root/build/fuzz
  grep -qx -- "$target" <<<"$(fuzz_targets)" ||
    die "fuzz: unknown target '$target', expected one of: $(fuzz_targets | xargs)"
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || die "fuzz: SECONDS: got '$seconds', expected a number above 0"
  need_packages "${packages_cli[@]}" "${packages_test[@]}" "${packages_clang[@]}"
  configure fuzz >&2
  build fuzz "fuzz_$target" >&2
  run_fuzzer "$folder" "$target" "$seconds"
}

# New inputs go to build/fuzz/corpus/TARGET; the repository's corpus is only read.
run_fuzzer() {
  local folder=$1 target=$2 seconds=$3 result=0
  local program=$folder/tests/fuzz/fuzz_$target profile=$folder/$target.profraw
  mkdir -p "$folder/corpus/$target" "$folder/crashes"
  local corpora=("$folder/corpus/$target")
  if [[ -d $root/tests/fuzz/corpus/$target ]]; then corpora+=("$root/tests/fuzz/corpus/$target"); fi
  # No input is large, so whoever asks for 64 MB at once believes a length that lies.
  LLVM_PROFILE_FILE=$profile "$program" -max_total_time="$seconds" -print_final_stats=1 \
    -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=64 -dict="$root/tests/fuzz/$target.dict" \
    -artifact_prefix="$folder/crashes/$target-" "${corpora[@]}" \
    </dev/null >"$folder/$target.log" 2>&1 || result=$?
  if ((result)); then
    grep -vE '^(#|INFO:|\s*NEW_FUNC)' "$folder/$target.log" | tail -n 60
    printf 'fuzz %s: FAILED with exit code %d; inputs are in %s\n' "$target" "$result" "$folder/crashes"
    return 1
  fi
  printf 'fuzz %s: %s executions in %s s, nothing found\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$target.log")" "$seconds"
  fuzz_coverage "$folder" "$target" "$program" "$profile"
}

fuzz_coverage() {
  local covers
  mapfile -t covers <"$1/tests/fuzz/fuzz_$2.covers"
  llvm-profdata merge -sparse "$4" -o "$1/$2.profdata"
  llvm-cov report "$3" -instr-profile="$1/$2.profdata" -show-region-summary=0 \
    -show-branch-summary=0 "${covers[@]}"
}
