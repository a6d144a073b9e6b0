# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Runs runners and counts what they report. A total is always a line `N passed, N failed`.

# failed WHAT: a failure that is no case of a runner, as a total.
failed() { printf 'FAIL %s\n0 passed, 1 failed\n' "$1"; }

is_total() { [[ $1 =~ ^[0-9]+\ passed,\ [0-9]+\ failed$ ]]; }

# finds_failures COMMAND...: a runner with a planted fault has to end with a total that tells of it.
finds_failures() { [[ $("$@" | tail -n 1) =~ ^[0-9]+\ passed,\ [1-9][0-9]*\ failed$ ]]; }

# Adds up the totals on stdin. A line that is no total counts as a failure: a runner broke.
sum_totals() {
  awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; next } { ++failed }
       END { printf "%d passed, %d failed\n", passed, failed }'
}

# Prints the last line and exits with 1 if anything failed or nothing ran.
finish() {
  if [[ $1 =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]; then exit 0; fi
  exit 1
}

# run_tests PRESET [ctest arguments]: builds all, runs all, ends with the total.
run_tests() {
  local preset=$1 folder=$root/build/$1
  shift
  if ! build "$preset"; then
    failed "$preset: the build"
    return
  fi
  rm -rf -- "$folder/reports"
  mkdir -p "$folder/reports"
  in_root ctest --test-dir "$folder" -j "$jobs" --no-tests=error --output-on-failure \
    --output-junit "$folder/reports/ctest.junit" "$@" </dev/null || true
  count_cases "$preset" "$folder/reports"
}

# count_cases NAME FOLDER: of every CTest test its cases, from GoogleTest's XML or the runner's last
# line where there is one, else the test as one case. A process that failed fails once at least.
count_cases() {
  local name=$1 folder=$2 test status total
  if [[ ! -f $folder/ctest.junit ]]; then
    failed "$name: ctest left no report"
    return
  fi
  while read -r status test; do
    if [[ -f $folder/$test.xml ]]; then
      total=$(count_gtest "$name/$test" "$folder/$test.xml")
    elif [[ -f $folder/$test.txt ]]; then
      total=$(tail -n 1 "$folder/$test.txt")
    elif [[ $status == run ]]; then
      total='1 passed, 0 failed'
    else
      total='0 passed, 1 failed'
    fi
    if [[ $status != run && $total == *' 0 failed' ]]; then
      total=$(printf '%s\n0 passed, 1 failed\n' "$total" | sum_totals)
    fi
    [[ $total == *' 0 failed' ]] || printf 'FAIL %s/%s\n' "$name" "$test" >&2
    printf '%s\n' "$total"
  done < <(ctest_results "$folder/ctest.junit") | sum_totals
}

# `run NAME` or `fail NAME` for each test; skipped and disabled ones are not counted.
ctest_results() {
  awk '/<testcase / {
         name = status = $0
         sub(/.* name="/, "", name); sub(/".*/, "", name)
         sub(/.* status="/, "", status); sub(/".*/, "", status)
         if (status == "notrun") { pending = name; next }
         if (status != "disabled") print status, name
       }
       pending != "" && /<skipped/ {
         if ($0 !~ /SKIP_(RETURN_CODE|REGULAR_EXPRESSION)/) print "fail", pending
         pending = ""
       }' "$1"
}

# Cases that were skipped are neither passed nor failed.
count_gtest() {
  awk -v where="$1" '
    function close_case() {
      if (name == "") return
      if (bad) { ++failed; print "FAIL " where ": " name > "/dev/stderr" } else if (!skipped) ++passed
      name = ""
    }
    /<testcase / {
      close_case()
      name = suite = $0; bad = 0
      sub(/.* classname="/, "", suite); sub(/".*/, "", suite)
      sub(/^ *<testcase name="/, "", name); sub(/".*/, "", name)
      name = suite "." name
      skipped = /result="(skipped|suppressed)"/ || /status="notrun"/
    }
    /<failure/ { bad = 1 }
    /<\/testsuites>/ { whole = 1 }
    END { close_case(); if (!whole) ++failed; printf "%d passed, %d failed\n", passed, failed }' "$2"
}

# run_golden BUILD DIR: both runners over one directory, one total.
run_golden() {
  local runner totals=$1/golden.totals output=$1/golden.txt
  : >"$totals"
  for runner in golden_cpu golden_simt; do
    "$1/tests/golden/$runner" "$2" </dev/null | tee "$output" | sed '$d' || true
    tail -n 1 "$output" >>"$totals"
    [[ -s $output ]] || echo "$runner printed nothing" >>"$totals"
  done
  sum_totals <"$totals" | tee "$output"
  finish "$(cat "$output")"
}
