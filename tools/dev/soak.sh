# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev check soak: jobs by chance for `seqfeat run`, interrupted in every way, against a plain
# recomputation. By name ten minutes; in a bare check one.

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
