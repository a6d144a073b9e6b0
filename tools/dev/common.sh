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

source "$root/tools/dev/progress.sh"
source "$root/tools/dev/packages.sh"
source "$root/tools/dev/program.sh"
source "$root/tools/dev/python.sh"
source "$root/tools/dev/wheels.sh"
source "$root/tools/dev/reports.sh"

# One build at a time in this checkout, also where several ./dev run in one pipe.
locked() {
  mkdir -p "$root/build"
  (
    if have flock && ! flock -n 9; then
      say "waiting for another build in this checkout"
      flock 9
    fi
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

# configure_beside_cpu PRESET [arguments]: host code is compiled in build/cpu and linked from there.
configure_beside_cpu() {
  configure cpu -DSEQFEAT_TESTS=ON && configure "$@" -DSEQFEAT_OBJECTS_FROM="$root/build/cpu"
}

in_root() { cd "$root" && "$@"; }

has_driver() { have nvidia-smi && nvidia-smi -L >/dev/null 2>&1; }

# The preset with the most backends that can run on this machine.
preset_here() {
  if have nvcc && has_driver; then
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
