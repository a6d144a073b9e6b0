#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Collects in .carry/ what tools/gpu-check.sh needs beside the sources on a machine with a GPU and
# without a network: the programs and the Python package, built here. If a program does not start
# there, they are built there: for that, GoogleTest's sources and a prefix with nlohmann-json, CLI11,
# zlib and farmhash.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/tools/gpu/carried.sh"
source "$root/tools/dev/common.sh"
carry=$root/.carry
build=$root/build/gpu-carry
most_bytes=$((60 << 20))

fail() {
  printf 'gpu-carry: %s\n' "$*" >&2
  exit 2
}
usage() {
  cat <<'TEXT'
usage: tools/gpu-carry.sh [options]

  --architectures LIST   of the GPU, as nvcc's (default 90-real: H100, H200)
  --cuembed DIR          a checkout of cuEmbed, whose kernels are measured beside ours
  --python VERSION       of the Python there (default 3.12)

Needs nvcc and the packages of `./dev test`. Leaves .carry/, with the sources at most 60 MiB.
TEXT
}

architectures=90-real cuembed='' python_there=3.12
while (($#)); do
  case $1 in
    --architectures | --cuembed | --python)
      (($# > 1)) || fail "$1 needs a value"
      case $1 in
        --architectures) architectures=$2 ;;
        --cuembed) cuembed=$(realpath -- "$2") ;;
        --python) python_there=$2 ;;
      esac
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown option '$1'; --help says more" ;;
  esac
  shift
done

fresh=$(mktemp -d "$root/.carry.XXXXXX")
trap 'rm -rf -- "$fresh"' EXIT
parts=''
# part NAME COMMAND...: runs it, and notes how long it took.
part() {
  local name=$1 began=$SECONDS
  shift
  "$@"
  parts+=$(printf '%s %d s, ' "$name" $((SECONDS - began)))
}

# Static where it can be, so that the programs need the C library alone. CMake's launcher for nvcc
# stays out: ccache takes the -Werror of `-Xptxas -Werror` for an option of its own.
configure_here() {
  local zlib python
  mapfile -t python < <(python_arguments)
  ((${#python[@]})) || fail 'nanobind could not be got (see above)'
  zlib=$(c++ -print-file-name=libz.a)
  [[ $zlib == /* ]] || fail 'no libz.a here; ./dev test installs the packages'
  cmake -S "$root" --preset cuda -B "$build" -G "$(generator)" -DCMAKE_CUDA_COMPILER_LAUNCHER= \
    -DSEQFEAT_CUDA_ARCHITECTURES="$architectures" -DSEQFEAT_WERROR=OFF -DSEQFEAT_TESTS=ON \
    -DSEQFEAT_CLI=ON -DSEQFEAT_EXAMPLES=ON -DSEQFEAT_BENCH=ON -DCUEMBED_DIR="$cuembed" \
    -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON -DZLIB_LIBRARY="$zlib" "${python[@]}" \
    -DCMAKE_CUDA_FLAGS=--compress-mode=size \
    -DCMAKE_EXE_LINKER_FLAGS='-static-libstdc++ -static-libgcc -s' >"$fresh/log" ||
    fail "the build could not be configured: $(tail -n 20 "$fresh/log")"
}

build_programs() {
  local targets
  mapfile -t targets < <(targets_of "${programs[@]}")
  cmake --build "$build" -j "$(nproc)" --target "${targets[@]}" _core_stub >"$fresh/log" 2>&1 ||
    fail "the build failed:"$'\n'"$(tail -n 40 "$fresh/log")"
  rm -f -- "$fresh/log"
  collect "$build" "$fresh/links" "${programs[@]}"
  cp -RL -- "$fresh/links" "$fresh/bin"
  rm -rf -- "$fresh/links"
}

# The Python package as a folder for PYTHONPATH, with what it needs of another Python than ours.
collect_package() {
  local wheel=("$python_venv/bin/pip" install --quiet --disable-pip-version-check --no-deps
    --no-compile --only-binary ':all:' --target "$fresh/package" --python-version "$python_there")
  "${wheel[@]}" --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux2014_x86_64 --require-hashes --requirement \
    <(sed -n '/^nanobind-backend==/,/[^\\]$/p' "$root/tools/dev/requirements/python.txt") ||
    fail "nanobind-backend could not be got for Python $python_there"
  cp -R -- "$root/python/seqfeat" "$fresh/package/"
  cmake --install "$build" --component python --prefix "$fresh/package" --strip >/dev/null
}

# header_file NAME: where the compiler finds it.
header_file() {
  echo "#include <$1>" | c++ -std=c++20 -M -x c++ - 2>/dev/null | tr -s ' \\' '\n\n' |
    awk -v end="/$1" 'substr($0, length($0) - length(end) + 1) == end && !found++' |
    grep . || fail "no <$1> here; ./dev test installs the packages"
}

# Debian's packages, as they lie under /usr; their CMake files find themselves wherever they are.
# GoogleTest has to be built by the compiler that builds the tests.
copy_packages() {
  local include=$fresh/prefix/include header library file package json cli
  mkdir -p "$include" "$fresh/prefix/lib" "$fresh/prefix/share/cmake" "$fresh/src"
  for header in zlib.h zconf.h farmhash.h; do cp -- "$(header_file $header)" "$include/"; done
  json=$(header_file nlohmann/json.hpp)
  cli=$(header_file CLI/CLI.hpp)
  cp -R -- "${json%/json.hpp}" "${cli%/CLI.hpp}" "$include/"
  for library in libz.a libfarmhash.a; do
    file=$(c++ -print-file-name=$library)
    [[ $file == /* ]] || fail "no $library here; ./dev test installs the packages"
    cp -- "$file" "$fresh/prefix/lib/"
  done
  for package in nlohmann_json CLI11; do
    [[ -d /usr/share/cmake/$package ]] || fail "no /usr/share/cmake/$package here"
    cp -R -- "/usr/share/cmake/$package" "$fresh/prefix/share/cmake/"
  done
  [[ -d /usr/src/googletest ]] || fail "no /usr/src/googletest here; apt-get install libgtest-dev"
  cp -R -- /usr/src/googletest "$fresh/src/"
  rm -rf -- "$fresh"/src/googletest/*/{test,docs,samples}
}

# Each program runs in an empty folder with an empty environment, as far as it can without a device.
try_programs() {
  local empty name code
  all_start "$fresh/bin" || fail 'a program is linked with what is not here'
  empty=$(mktemp -d)
  for name in conformance golden device_tests seqfeat seqfeat-bench; do
    code=0
    (cd "$empty" && env -i "$fresh/bin/$name" --help >out 2>&1) || code=$?
    # golden takes its argument for a folder, which is not there: 1.
    [[ $code == 0 || $name == golden && $code == 1 ]] ||
      fail "$name --help ended with $code: $(tail -n 3 "$empty/out")"
  done
  rm -rf -- "$empty"
}

# The machine there has few megabytes for what travels.
pack_programs() {
  tar -C "$fresh" -czf "$fresh/programs.tar.gz" bin package
  rm -rf -- "$fresh/bin" "$fresh/package"
}

part configure configure_here
part build build_programs
if [[ -n $cuembed ]]; then
  part cuembed cmake --build "$build" -j "$(nproc)" --target cuembed_bench
  cp -- "$build/bench/peers/cuembed/cuembed-bench" "$fresh/bin/"
fi
part package collect_package
part packages copy_packages
part trial try_programs
part pack pack_programs
uname -m >"$fresh/machine"
tree_checksum >"$fresh/tree"
git -C "$root" describe --always --abbrev=40 --dirty --exclude '*' >"$fresh/commit" 2>/dev/null ||
  echo unknown >"$fresh/commit"

bytes=$(du -sb "$fresh" | cut -f 1)
sources=$(git -C "$root" ls-files -z | xargs -0 du -cb -- | tail -n 1 | cut -f 1)
((bytes + sources <= most_bytes)) ||
  fail ".carry/ and the sources would have $((bytes + sources)) bytes, expected at most $most_bytes"
rm -rf -- "$carry"
mv -- "$fresh" "$carry"
chmod 755 "$carry"
printf '.carry/: %d MiB, with the sources %d MiB, for %s on %s, commit %s\n' $((bytes >> 20)) \
  $(((bytes + sources) >> 20)) "$architectures" "$(cat "$carry/machine")" "$(cat "$carry/commit")"
printf 'time: %stogether %d s\n' "$parts" $SECONDS
