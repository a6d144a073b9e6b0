# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The package beside the engines: Ray Data, Hugging Face's datasets and TorchRec, in a private
# environment under build/.

engines_wheels=(torch==2.13.0 'ray[data]==2.60.0' pydantic==2.14.4 datasets==5.2.0 pandas==3.1.1 polars==2.1.0
  pyarrow==26.0.1 numpy==2.4.6 pytest==9.2.0 nanobind-backend==1.0.0
  fbgemm-gpu-cpu==1.8.0 tensordict==0.15.3 torchmetrics==1.0.3 pyre-extensions==0.0.32)
# It asks for a build of fbgemm with CUDA; the one for the CPU does.
engines_alone=(torchrec==1.8.0)
engines_venv=$root/build/venv-engines

# Installs the engines once; an environment that was cut short is completed. No hashes: which file
# torch is depends on the index.
need_engines() {
  local all="${engines_wheels[*]} ${engines_alone[*]}"
  if [[ $(cat "$engines_venv/.complete" 2>/dev/null) == "$all" ]]; then return; fi
  need_packages python3 python3-venv || return
  say "getting $all (once, about 2.5 GB, into build/venv-engines)"
  [[ -x $engines_venv/bin/pip ]] || python3 -m venv "$engines_venv" || return
  "$engines_venv/bin/pip" install --quiet --disable-pip-version-check "${engines_wheels[@]}" >&2 &&
    "$engines_venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
      "${engines_alone[@]}" >&2 && printf '%s' "$all" >"$engines_venv/.complete"
}

# The tests of sf.Transform and those of every engine, on the wheel of this checkout. Only by name:
# the engines are too much for a bare check.
check_engines() {
  local tests=$root/python/tests
  if ! need_engines; then
    failed 'engines: they could not be installed (see above)'
    return
  fi
  build_wheel "$root/build/wheels" && "$engines_venv/bin/pip" install --quiet \
    --disable-pip-version-check --no-deps --force-reinstall "$root"/build/wheels/*.whl || {
    failed 'engines: the wheel could not be built and installed (see above)'
    return
  }
  # A test that waits for a cluster which never answers would wait for ever.
  with_total engines timeout 900 "$tests/run" "$engines_venv/bin/python" "$tests"/{transform,transform_forms,skipping}_test.py \
    "$tests/with_engines"
}
