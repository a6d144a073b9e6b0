#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Feeds the counters of ./dev with reports of every kind and compares the totals.
set -uo pipefail
root=$1
source "$root/tools/dev/reports.sh"
reports=$(mktemp -d)
trap 'rm -rf -- "$reports"' EXIT
failures=0

expect() {
  if [[ $2 != "$3" ]]; then
    printf '%s: got "%s", expected "%s"\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}

# junit STATUS NAME [STATUS NAME]...
junit() {
  echo '<testsuite name="x">'
  while (($#)); do
    printf '\t<testcase name="%s" classname="%s" time="0.1" status="%s">\n' "$2" "$2" "$1"
    [[ $1 != notrun ]] || printf '\t\t<skipped message="%s"/>\n' "${skip_message:-}"
    printf '\t</testcase>\n'
    shift 2
  done
  echo '</testsuite>'
}

gtest() {
  cat <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" disabled="0" errors="0" time="0." name="AllTests">
  <testsuite name="A" tests="4" failures="1" disabled="0" skipped="1" errors="0">
    <testcase name="Passes" file="a.cpp" line="1" status="run" result="completed" classname="A" />
    <testcase name="Fails" file="a.cpp" line="2" status="run" result="completed" classname="A">
      <failure message="one" type=""></failure>
      <failure message="two" type=""></failure>
    </testcase>
    <testcase name="Skips" file="a.cpp" line="3" status="run" result="skipped" classname="A">
      <skipped message="no device"/>
    </testcase>
    <testcase name="PassesToo" file="a.cpp" line="4" status="run" result="completed" classname="A" />
  </testsuite>
</testsuites>
XML
}

counted() { count_cases x "$reports" 2>/dev/null; }

expect 'no report' "$(counted | tail -n 1)" '0 passed, 1 failed'

junit run a run b fail c disabled d >"$reports/ctest.junit"
expect 'plain tests' "$(counted)" '2 passed, 1 failed'

junit notrun a >"$reports/ctest.junit"
expect 'a program that is missing' "$(counted)" '0 passed, 1 failed'
skip_message=SKIP_RETURN_CODE=77
junit notrun a run b >"$reports/ctest.junit"
expect 'a test that skips itself' "$(counted)" '1 passed, 0 failed'

junit fail suite >"$reports/ctest.junit"
gtest >"$reports/suite.xml"
expect 'GoogleTest' "$(counted)" '2 passed, 1 failed'
gtest | grep -v '<failure' >"$reports/suite.xml"
expect 'a process that fails after its cases passed' "$(counted)" '3 passed, 1 failed'
gtest | head -n 4 >"$reports/suite.xml"
expect 'a report cut short' "$(counted)" '1 passed, 1 failed'
rm "$reports/suite.xml"

junit run runner >"$reports/ctest.junit"
printf 'FAIL cpu a b: c\n7 passed, 1 failed\n' >"$reports/runner.txt"
expect 'a runner with a total' "$(counted)" '7 passed, 1 failed'
echo 'Segmentation fault' >"$reports/runner.txt"
expect 'a runner without a total' "$(counted)" '0 passed, 1 failed'

expect 'a sum' "$(printf '1 passed, 2 failed\n3 passed, 0 failed\n' | sum_totals)" \
  '4 passed, 2 failed'
expect 'green' "$( (finish '1 passed, 0 failed') && echo ok)" ok
expect 'red' "$( (finish '1 passed, 1 failed') || echo no)" no
expect 'nothing ran' "$( (finish '0 passed, 0 failed') || echo no)" no

exit $((failures > 0))
