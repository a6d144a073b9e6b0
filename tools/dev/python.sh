# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The Python package: its tests on the build tree, and its wheel.

python_venv=$root/build/venv-python

# What ./dev test adds to CMake's arguments; nothing where the wheels could not be got.
python_arguments() {
  if need_wheels venv-python python >&2; then
    printf '%s\n' -DSEQFEAT_PYTHON=ON "-DPython_EXECUTABLE=$python_venv/bin/python"
  fi
}

# The tests on a wheel of the objects that ./dev test has built already; the last line is the total.
test_package() {
  local folder=$root/build/wheels-test werror options=()
  werror=$(sed -n 's/^SEQFEAT_WERROR:[^=]*=//p' "$root/build/cpu/CMakeCache.txt")
  for option in TESTS=ON EXAMPLES=ON BENCH=ON "WERROR=$werror"; do
    options+=(-C "cmake.define.SEQFEAT_$option")
  done
  rm -rf -- "$folder"
  {
    locked in_root env CMAKE_BUILD_PARALLEL_LEVEL="$jobs" "$python_venv/bin/pip" wheel --quiet \
      --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir "$folder" \
      -C build-dir=build/cpu "${options[@]}" . &&
      "$python_venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --force-reinstall "$folder"/*.whl
  } || {
    failed 'python: its wheel could not be built and installed (see above)'
    return
  }
  "$root/python/tests/run" "$python_venv/bin/python" || true
}

# build_wheel FOLDER [--cuda]: the wheel of this checkout, and nothing else, in FOLDER.
build_wheel() {
  local folder=$1 options=()
  if [[ ${2:-} == --cuda ]]; then
    source "$root/tools/dev/cuda.sh"
    need_nvcc || die "no CUDA compiler here and none could be got (see above)"
    options=(-C cmake.define.SEQFEAT_CUDA=ON -C build-dir=build/wheel-cuda)
  fi
  need_packages "${packages_cli[@]}" python3 python3-venv
  [[ -x $root/build/venv-wheel/bin/pip ]] || python3 -m venv "$root/build/venv-wheel"
  rm -rf -- "$folder"
  locked in_root env CMAKE_BUILD_PARALLEL_LEVEL="$jobs" "$root/build/venv-wheel/bin/pip" wheel \
    --disable-pip-version-check --no-deps --wheel-dir "$folder" "${options[@]}" .
}

wheel() {
  local kind=${1:-}
  [[ $kind == '' || $kind == --cuda ]] || die "wheel: got '$kind', expected nothing or --cuda"
  build_wheel "$root/build/wheels${kind/--/-}" $kind || die "wheel: it could not be built"
  ls -l "$root/build/wheels${kind/--/-}"/*.whl
}
