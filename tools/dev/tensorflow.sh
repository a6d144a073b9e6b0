# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The tools from TensorFlow, against TensorFlow itself in a private environment under build/.

tensorflow_wheels=(tensorflow==2.21.0 tf_keras==2.21.0)
tensorflow_venv=$root/build/venv-tensorflow

has_tensorflow() { [[ $(cat "$tensorflow_venv/.complete" 2>/dev/null) == "${tensorflow_wheels[*]}" ]]; }

# A Python of a version that TensorFlow has wheels for, and that can make environments.
python_for_tensorflow() {
  local python
  for python in python3 python3.13 python3.12 python3.11 python3.10; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# Installs TensorFlow once; an environment that was cut short is completed.
need_tensorflow() {
  local python
  if has_tensorflow; then return; fi
  need_packages python3 python3-venv || return
  if ! python=$(python_for_tensorflow); then
    say "TensorFlow needs Python 3.10 ... 3.13 with venv; found $(python3 --version 2>&1)"
    return 1
  fi
  say "getting ${tensorflow_wheels[*]} (once, 600 MB, into build/venv-tensorflow)"
  "$python" -m venv "$tensorflow_venv" &&
    "$tensorflow_venv/bin/pip" install --quiet --disable-pip-version-check "${tensorflow_wheels[@]}" >&2 &&
    printf '%s' "${tensorflow_wheels[*]}" >"$tensorflow_venv/.complete"
}

# By name, all of it. In a bare check what a minute allows: without TensorFlow where it is not
# there yet, else the tools' units and the walk of docs/from_tensorflow.md.
check_tensorflow() {
  local tests=(naming files spec) python=python3 test
  if [[ -z ${check_is_brief:-} ]]; then
    if ! need_tensorflow; then
      failed 'tensorflow: it could not be installed (see above)'
      return
    fi
    tests+=(walk columns forms tensorflow1)
  elif has_tensorflow; then
    tests+=(walk)
  fi
  if has_tensorflow; then python=$tensorflow_venv/bin/python; fi
  need_packages python3
  build_cli
  for test in "${tests[@]}"; do
    run_tensorflow_test "$python" "$test"
  done | sum_totals_showing_the_rest
}

# run_tensorflow_test PYTHON NAME: its total, and what it said where something failed.
run_tensorflow_test() {
  local total log=$root/build/tensorflow-$2.txt
  total=$("$1" -B "$root/tests/tensorflow/$2_test.py" "$root" "$(cli_path)" 2>"$log" </dev/null | tail -n 1) || true
  is_total "$total" || total='0 passed, 1 failed'
  [[ $total == *' 0 failed' ]] || printf 'FAIL tensorflow: %s\n%s\n' "$2" "$(cat "$log")"
  printf '%s: %s\n%s\n' "$2" "$total" "$total"
}
