# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the commands of ./dev share; sourced, with $root set.

jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
say() { printf '%s\n' "dev: $*" >&2; }
die() {
  say "$*"
  exit 2
}
have() { command -v "$1" >/dev/null 2>&1; }

source "$root/tools/dev/packages.sh"
source "$root/tools/dev/reports.sh"

# One build at a time in this checkout, also where several ./dev run in one pipe.
locked() {
  mkdir -p "$root/build"
  (
    if have flock; then flock 9; fi
    "$@" 9>&-
  ) 9>"$root/build/.lock" </dev/null
}

# configure PRESET [arguments]. Warnings are errors in CI only: a newer compiler has new warnings.
configure() {
  local preset=$1 folder=$root/build/$1 generator=()
  shift
  if [[ ${1:-} == -B ]]; then folder=$2; fi
  if [[ ! -f $folder/CMakeCache.txt ]] && have ninja && [[ -z ${CMAKE_GENERATOR:-} ]]; then
    generator=(-G Ninja)
  fi
  if [[ -n ${CI:-} ]]; then set -- -DSEQFEAT_WERROR=ON "$@"; fi
  locked in_root cmake --preset "$preset" "${generator[@]}" "$@"
}

# build PRESET [target...]
build() {
  local folder=$root/build/$1 targets=()
  shift
  if (($#)); then targets=(--target "$@"); fi
  locked cmake --build "$folder" -j "$jobs" "${targets[@]}"
}

in_root() { cd "$root" && "$@"; }

cli_path() { printf '%s\n' "$root/build/cpu/src/cli/seqfeat"; }

# build_cli [target...]: builds the program, and other targets, without a word, unless that fails.
build_cli() {
  local log
  mkdir -p "$root/build"
  log=$(mktemp "$root/build/cli.XXXXXX.log")
  if ! (build_cli_loud "$@") >"$log" 2>&1; then
    cat "$log" >&2
    rm -f -- "$log"
    die "the program could not be built (see above)"
  fi
  rm -f -- "$log"
}

build_cli_loud() {
  if [[ ! -f $root/build/cpu/CMakeCache.txt ]]; then
    need_packages "${packages_cli[@]}" || return
    configure cpu -DSEQFEAT_TESTS=OFF -DSEQFEAT_EXAMPLES=ON || return
  fi
  build cpu seqfeat_cli "$@"
}

# The command among the arguments of seqfeat: the first that is no option.
command_of() {
  local word
  for word in "$@"; do
    if [[ $word != -* ]]; then
      printf '%s\n' "$word"
      return
    fi
  done
}

# Gets what `seqfeat bench` needs, and sees to it that the next build finds it. Without it the
# program says itself what is missing.
need_bench() {
  (need_packages "${packages_bench[@]}") || say "going on without"
  local cache=$root/build/cpu/CMakeCache.txt
  if [[ -f $cache ]] && { ! grep -q '^SEQFEAT_BENCH:[A-Z]*=ON' "$cache" ||
    grep -Eq '^(benchmark_DIR|SEQFEAT_FARMHASH_LIBRARY):[A-Z]*=.*NOTFOUND' "$cache"; }; then
    configure cpu >/dev/null
  fi
}

# The preset with the most backends that can run on this machine.
preset_here() {
  if have nvcc && have nvidia-smi && nvidia-smi -L >/dev/null 2>&1; then
    echo cuda
  else
    echo cpu
  fi
}

sources_to_format() {
  git -C "$root" ls-files -z --cached --others --exclude-standard -- \
    '*.hpp' '*.cpp' '*.cuh' '*.cu' '*.h' |
    while IFS= read -r -d '' file; do
      if [[ -f $root/$file ]]; then printf '%s\0' "$root/$file"; fi
    done
}
