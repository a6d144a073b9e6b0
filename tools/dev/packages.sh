# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Which Debian packages a command needs, how to see whether they are there, and how to get them.

packages_cli=(g++ make cmake zlib1g-dev nlohmann-json3-dev libcli11-dev)
packages_bench=(
  libbenchmark-dev libfarmhash-dev libsimdjson-dev libdeflate-dev libisal-dev libabsl-dev)
packages_test=(libgtest-dev libbenchmark-dev libfarmhash-dev)
packages_clang=(clang llvm libclang-rt-14-dev)

# A header is looked for by the compiler, so that it may be anywhere; so may programs.
has_header() { echo "#include <$1>" | c++ -std=c++20 -E -x c++ - >/dev/null 2>&1; }
has_fuzzer() {
  local folder found=1
  folder=$(mktemp -d)
  echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
    clang++ -fsanitize=fuzzer,address -x c++ - -o "$folder/probe" >/dev/null 2>&1 && found=0
  rm -rf -- "$folder"
  return $found
}
has_new_cmake() {
  have cmake && [[ $(printf '3.25\n%s\n' "$(cmake --version | awk 'NR == 1 {print $3}')" |
    sort -V | head -n 1) == 3.25 ]]
}

has_package() {
  case $1 in
    g++) have c++ ;;
    make) have make || have ninja ;;
    cmake) has_new_cmake ;;
    zlib1g-dev) has_header zlib.h ;;
    nlohmann-json3-dev) has_header nlohmann/json.hpp ;;
    libcli11-dev) has_header CLI/CLI.hpp ;;
    libgtest-dev) has_header gtest/gtest.h ;;
    libfarmhash-dev) has_header farmhash.h ;;
    libsimdjson-dev) has_header simdjson.h ;;
    libabsl-dev) has_header absl/container/flat_hash_map.h ;;
    libdeflate-dev) has_header libdeflate.h ;;
    libisal-dev) has_header isa-l/igzip_lib.h ;;
    libbenchmark-dev) has_header benchmark/benchmark.h ;;
    clang) have clang++ ;;
    llvm) have llvm-cov && have llvm-profdata ;;
    libclang-rt-14-dev) has_fuzzer ;;
    python3-venv) python3 -c 'import venv, ensurepip' >/dev/null 2>&1 ;;
    *) have "$1" ;;
  esac
}

# need_packages NAME...: installs what is missing, or says what is missing and how to get it.
need_packages() {
  local package missing=() sudo=() quiet=() how='as root'
  for package in "$@"; do
    has_package "$package" || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then return; fi
  if ! have apt-get; then
    die "missing (by their Debian names): ${missing[*]}; install them with your package manager"
  fi
  if ((EUID != 0)); then
    have sudo || die "missing: ${missing[*]}; as root: apt-get install ${missing[*]}"
    sudo=(sudo) how='with sudo'
    [[ -t 0 ]] || sudo=(sudo -n)
  fi
  say "installing Debian packages $how: ${missing[*]}"
  if [[ ! -t 2 ]]; then quiet=(-qq); fi
  with_progress "${sudo[@]}" apt-get update "${quiet[@]}" || say "apt-get update failed; trying all the same"
  with_progress "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
    "${quiet[@]}" -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}" ||
    die "missing: ${missing[*]}; apt-get could not install them"
}
