# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The package beside torch, in private environments under build/.

torch_version=2.13.0
# Others by --all: the oldest that pyproject.toml admits, and the newest that was tried.
other_torch_versions=(2.9.1 2.14.1)
beside_torch=(torchdata==0.11.0 numpy pyarrow matplotlib nanobind-backend pytest)

# need_torch VERSION: installs it once into build/venv-torch-VERSION; an environment that was cut
# short is completed. No hashes: which file torch is depends on the index, a build for the CPU or one
# with CUDA.
need_torch() {
  local venv=$root/build/venv-torch-$1 wheels=("torch==$1" "${beside_torch[@]}")
  if [[ $(cat "$venv/.complete" 2>/dev/null) == "${wheels[*]}" ]]; then return; fi
  need_packages python3 python3-venv || return
  say "getting ${wheels[*]} (once, 1 to 7 GB, into build/venv-torch-$1)"
  [[ -x $venv/bin/pip ]] || python3 -m venv "$venv" || return
  "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "${wheels[@]}" >&2 && printf '%s' "${wheels[*]}" >"$venv/.complete"
}

# The package's tests, those of torch among them, on the wheel of this checkout; with --all those of
# torch beside other versions too. Only by name: torch and the time are too much for a bare check.
check_torch() {
  [[ -z ${1:-} || $1 == --all ]] || die "check torch: got '$1', expected nothing or --all"
  build_wheel "$root/build/wheels" || {
    failed 'torch: the wheel could not be built'
    return
  }
  {
    test_beside_torch "$torch_version" "$root/python/tests"
    if [[ -n ${1:-} ]]; then
      for version in "${other_torch_versions[@]}"; do
        test_beside_torch "$version" "$root/python/tests/with_torch"
      done
    fi
  } | sum_totals_showing_the_rest
}

# test_beside_torch VERSION TESTS
test_beside_torch() {
  local python=$root/build/venv-torch-$1/bin/python
  need_torch "$1" && "$python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --force-reinstall "$root"/build/wheels/*.whl || {
    failed "torch $1: it or the wheel could not be installed (see above)"
    return
  }
  with_total "torch-$1" "$root/python/tests/run" "$python" "$2"
}
