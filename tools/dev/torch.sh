# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The package beside torch, in a private environment under build/.

torch_wheels=(torch==2.13.0 torchdata==0.11.0 numpy pyarrow matplotlib nanobind-backend pytest)
torch_venv=$root/build/venv-torch

# Installs torch once; an environment that was cut short is completed. No hashes: which file torch is
# depends on the index, a build for the CPU or one with CUDA.
need_torch() {
  if [[ $(cat "$torch_venv/.complete" 2>/dev/null) == "${torch_wheels[*]}" ]]; then return; fi
  need_packages python3 python3-venv || return
  say "getting ${torch_wheels[*]} (once, about 1 GB, into build/venv-torch)"
  [[ -x $torch_venv/bin/pip ]] || python3 -m venv "$torch_venv" || return
  "$torch_venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "${torch_wheels[@]}" >&2 && printf '%s' "${torch_wheels[*]}" >"$torch_venv/.complete"
}

# The package's tests, those of torch among them, on the wheel of this checkout. Only by name: torch
# and the time are too much for a bare check.
check_torch() {
  if ! need_torch; then
    failed 'torch: it could not be installed (see above)'
    return
  fi
  build_wheel "$root/build/wheels" && "$torch_venv/bin/pip" install --quiet \
    --disable-pip-version-check --no-deps --force-reinstall "$root"/build/wheels/*.whl || {
    failed 'torch: the wheel could not be built and installed (see above)'
    return
  }
  with_total torch "$root/python/tests/run" "$torch_venv/bin/python"
}
