#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Collects in .carry/ what tools/gpu-check.sh needs on a machine without a network and without our
# Debian packages: GoogleTest's sources, and a prefix with nlohmann-json, CLI11, zlib and farmhash.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
carry=$root/.carry
fresh=$(mktemp -d "$root/.carry.XXXXXX")
trap 'rm -rf -- "$fresh"' EXIT

fail() {
  printf 'gpu-carry: %s\n' "$*" >&2
  exit 2
}

# header_file NAME: where the compiler finds it.
header_file() {
  echo "#include <$1>" | c++ -std=c++20 -M -x c++ - 2>/dev/null | tr -s ' \\' '\n\n' |
    awk -v end="/$1" 'substr($0, length($0) - length(end) + 1) == end && !found++' |
    grep . || fail "no <$1> here; ./dev test installs the packages"
}

# Debian's packages, as they lie under /usr; their CMake files find themselves wherever they are.
include=$fresh/prefix/include
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

# GoogleTest has to be built by the compiler that builds the tests.
[[ -d /usr/src/googletest ]] || fail "no /usr/src/googletest here; apt-get install libgtest-dev"
cp -R -- /usr/src/googletest "$fresh/src/"
rm -rf -- "$fresh"/src/googletest/*/{test,docs,samples}
machine=$(uname -m)
printf '%s\n' "$machine" >"$fresh/machine"
git -C "$root" describe --always --abbrev=40 --dirty --exclude '*' >"$fresh/commit" 2>/dev/null ||
  echo unknown >"$fresh/commit"

rm -rf -- "$carry"
mv -- "$fresh" "$carry"
chmod 755 "$carry"
printf '.carry/: %s for %s, commit %s\n' "$(du -sh "$carry" | cut -f 1)" "$machine" \
  "$(cat "$carry/commit")"
