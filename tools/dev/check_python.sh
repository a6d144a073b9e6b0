# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev check python: one wheel in every CPython, beside other producers of Arrow memory, beside
# TensorFlow, and its module under AddressSanitizer.

python_versions=(3.10 3.11 3.12 3.13)

check_python() {
  local wheel version
  build_wheel "$root/build/wheels" || {
    failed 'python: the wheel could not be built'
    return
  }
  wheel=$(echo "$root"/build/wheels/*.whl)
  {
    as_case 'python: the wheel has at most 2 MB' test "$(stat -c %s "$wheel")" -le 2000000
    as_case 'python: _core asks for an old C++ library' has_old_symbols "$wheel"
    check_platform "$wheel"
    for version in "${python_versions[@]}"; do check_version "$wheel" "$version"; done
    check_frames "$wheel"
    check_from_tensorflow "$wheel"
    check_core_asan
  } | sum_totals_showing_the_rest
}

# has_old_symbols WHEEL: no more than Debian 11's libstdc++.
has_old_symbols() {
  local folder needed
  folder=$(mktemp -d)
  python3 -m zipfile -e "$1" "$folder"
  needed=$(objdump -T "$folder"/seqfeat/_core*.so | grep -oE 'GLIBCXX_[0-9.]+' | sort -Vu | tail -n 1)
  printf '_core needs %s\n' "${needed:-no GLIBCXX}"
  rm -rf -- "$folder"
  [[ -z $needed || $(printf '%s\nGLIBCXX_3.4.29\n' "$needed" | sort -V | tail -n 1) == GLIBCXX_3.4.29 ]]
}

# check_platform WHEEL: what auditwheel says that the whole wheel asks of a system.
check_platform() {
  need_wheels venv-auditwheel auditwheel || {
    failed 'python: auditwheel could not be got (see above)'
    return
  }
  as_case 'python: auditwheel says manylinux_2_34 or older' is_for_manylinux_2_34 "$1"
}
is_for_manylinux_2_34() {
  local said tag
  said=$("$root/build/venv-auditwheel/bin/auditwheel" show "$1" 2>&1) || {
    printf '%s\n' "$said"
    return 1
  }
  tag=$(grep -oE '"manylinux_2_[0-9]+_[a-z0-9_]+"' <<<"$said" | head -n 1)
  printf 'the wheel is for %s\n' "${tag:-a platform unknown to auditwheel: $said}"
  [[ $tag =~ ^\"manylinux_2_([0-9]+)_ ]] && ((BASH_REMATCH[1] <= 34))
}

# check_version WHEEL VERSION: its tests there, and what they said where one failed. The oldest and
# the newest CPython have to be here.
check_version() {
  local python total log=$root/build/check-python$2.txt
  if python=$(python_of "$2"); then
    test_wheel "$1" "$2" "$python" >"$log" 2>&1
    total=$(tail -n 1 "$log")
    is_total "$total" || total='0 passed, 1 failed'
    [[ $total == *' 0 failed' ]] || printf 'FAIL python%s\n%s\n' "$2" "$(cat "$log")"
    printf 'python%s: %s\n%s\n' "$2" "$total" "$total"
  elif [[ $2 == "${python_versions[0]}" || $2 == "${python_versions[-1]}" ]]; then
    failed "python$2: no CPython $2 with venv on PATH, of pyenv's or of uv's; get it by 'pyenv install $2' or 'uv python install $2'"
  else
    say "python$2: no CPython $2 here: left out"
  fi
}

# python_of VERSION: the first CPython of that version on PATH, of pyenv's or of uv's that runs and
# makes environments.
python_of() {
  local python
  for python in "python$1" "$(pyenv root 2>/dev/null)/versions/$1".*/bin/python \
    "$(uv python find --no-python-downloads "$1" 2>/dev/null)"; do
    if "$python" -c "import ensurepip, sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# test_wheel WHEEL VERSION PYTHON: the tests on the installed wheel; the last line is the total.
test_wheel() {
  local venv=$root/build/venv-wheel-$2
  rm -rf -- "$venv"
  "$3" -m venv "$venv" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
      --require-hashes --requirement "$root/tools/dev/requirements/python.txt" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$1" &&
    "$root/python/tests/run" "$venv/bin/python"
}

# check_frames WHEEL: the Arrow reader against every producer of Arrow memory, and the package's
# tests with frames of all of them.
check_frames() {
  local wheel=$1 venv=$root/build/venv-frames
  if [[ $(python3 -c 'import sys; print(*sys.version_info[:2])') != '3 11' ]]; then
    say "the hashes of polars, pandas, duckdb and nanoarrow are those for CPython 3.11, which python3 is not: left out"
    return
  fi
  need_wheels venv-frames python && need_wheels venv-frames frames || {
    failed 'python: the wheels of polars, pandas, duckdb and nanoarrow could not be got (see above)'
    return
  }
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheel" || {
    failed 'python: the wheel could not be installed beside them (see above)'
    return
  }
  configure cpu -DSEQFEAT_TESTS=ON && build cpu arrow_reader || {
    failed 'python: arrow_reader could not be built'
    return
  }
  with_total arrow "$venv/bin/python" -B "$root/tests/arrow/check.py" \
    "$root/build/cpu/tests/arrow/libarrow_reader.so"
  with_total frames "$root/python/tests/run" "$venv/bin/python"
}

# check_from_tensorflow WHEEL: the example with TensorFlow's tensors, beside the real TensorFlow.
check_from_tensorflow() {
  local folder=$root/build/beside-tensorflow needs=$root/build/beside-tensorflow.txt
  need_tensorflow || {
    failed 'python: TensorFlow could not be installed (see above)'
    return
  }
  rm -rf -- "$folder"
  sed -n '/^nanobind-backend==/,/[^\\]$/p' "$root/tools/dev/requirements/python.txt" >"$needs"
  "$tensorflow_venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: --require-hashes --target "$folder" --requirement "$needs" &&
    "$tensorflow_venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
      --target "$folder" "$1" || {
    failed 'python: the wheel could not be installed for TensorFlow (see above)'
    return
  }
  as_case 'python: from_tensorflow.py beside TensorFlow' env "PYTHONPATH=$folder" TF_CPP_MIN_LOG_LEVEL=3 \
    "$tensorflow_venv/bin/python" -B "$root/examples/python/from_tensorflow.py"
}

# The package's tests on a _core with AddressSanitizer. Python itself has none, so the sanitizer is
# loaded before it, and libstdc++ with it, whose exceptions it follows; what Python never frees is
# no leak of ours.
check_core_asan() {
  local folder=$root/build/asan-python core runtime options said
  need_wheels venv-python python || {
    failed 'python: nanobind, numpy and pyarrow could not be got (see above)'
    return
  }
  configure asan -DSEQFEAT_TESTS=ON -DSEQFEAT_PYTHON=ON "-DPython_EXECUTABLE=$python_venv/bin/python" >/dev/null &&
    build asan _core >/dev/null || {
    failed 'python: _core could not be built with AddressSanitizer'
    return
  }
  core=$(echo "$root"/build/asan/python/_core*.so)
  rm -rf -- "$folder"
  mkdir -p "$folder/seqfeat"
  ln -s "$root"/python/seqfeat/*.py "$core" "$folder/seqfeat"
  runtime="$(c++ -print-file-name=libasan.so) $(c++ -print-file-name=libstdc++.so)"
  # Reports go to files, since pytest keeps what a process says that dies.
  options="detect_leaks=0:allocator_may_return_null=1:log_path=$folder/report"
  said=$(with_total asan env "PYTHONPATH=$folder" PYTHONMALLOC=malloc "LD_PRELOAD=$runtime" \
    "ASAN_OPTIONS=$options" "UBSAN_OPTIONS=$options:print_stacktrace=1" \
    "$root/python/tests/run" "$python_venv/bin/python")
  cat "$folder"/report.* 2>/dev/null
  printf '%s\n' "$said"
}

# By name only: JAX is 600 MB. The layer in JAX, its guide and its example, on the wheel.
jax_wheels=(jax==0.10.2 pytest)
check_jax() {
  local venv=$root/build/venv-jax tests=$root/python/tests python
  # Of the versions that have wheels of it, the first that can make environments.
  for python in python3 python3.11 python3.12 python3.13; do
    "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
  done
  build_wheel "$root/build/wheels" || {
    failed 'jax: the wheel could not be built'
    return
  }
  [[ -x $venv/bin/pip ]] || "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${jax_wheels[@]}" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --force-reinstall --no-deps nanobind-backend "$root"/build/wheels/*.whl || {
    failed 'jax: it could not be installed (see above)'
    return
  }
  with_total jax "$tests/run" "$venv/bin/python" "$tests/with_jax" "$tests/examples_test.py"
}
