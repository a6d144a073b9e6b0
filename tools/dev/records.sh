# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev check records: our parser of records against Python's protobuf, which lives under build/.

# By name 50,000 records and as many mutants; in a bare check what comes in a minute.
check_records() {
  local program=$root/build/cpu/tests/records/read_records arguments=()
  if [[ -n ${check_is_brief:-} ]]; then arguments=(--seconds 55); fi
  need_packages "${packages_cli[@]}" "${packages_test[@]}"
  if ! need_wheels venv-records records; then
    printf 'FAIL records: no protobuf could be got (see above)\n0 passed, 1 failed\n'
    return
  fi
  configure cpu -DSEQFEAT_TESTS=ON >/dev/null && build cpu read_records >/dev/null || return
  {
    as_case 'records: planted differences are noticed' planted_records_are_noticed "$program"
    with_total records against_protobuf "$program" "${arguments[@]}"
  } | sum_totals_showing_the_rest
}

against_protobuf() {
  "$root/build/venv-records/bin/python" -B "$root/tests/records/check.py" "$@" </dev/null
}

planted_records_are_noticed() {
  local total
  total=$(against_protobuf "$1" --seed 1 --records 1000 --mutants 1000 --plant | tail -n 1) || true
  [[ $total =~ ^[0-9]+\ passed,\ [1-9][0-9]*\ failed$ ]]
}
