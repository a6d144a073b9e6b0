# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev check records: our parser of records against Python's protobuf, which lives under build/.

# By name 50,000 records and as many mutants; in a bare check what comes in a minute.
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
