# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The programs that a machine with a GPU needs, and whether they start there.

# Target of the build, its file in the build folder, and its name among the programs.
programs=(
  'conformance_cpu tests/conformance/conformance_cpu conformance'
  'training_cpu    tests/training/training_cpu       training_tests'
  'golden_cpu      tests/golden/golden_cpu           golden'
  'training_loop   examples/training_loop            training_loop'
  'device_tests    tests/device/device_tests         device_tests'
  'seqfeat_cli     src/cli/seqfeat                   seqfeat'
  'seqfeat_bench   bench/seqfeat-bench               seqfeat-bench'
)
# The same on the emulator, which has no use for the command line program.
emulated=(
  'conformance_simt   tests/conformance/conformance_simt    conformance'
  'training_simt      tests/training/training_simt          training_tests'
  'golden_simt        tests/golden/golden_simt              golden'
  'training_loop_simt examples/emulated/training_loop_simt  training_loop'
  'device_tests_simt  tests/device/emulated/device_tests_simt device_tests'
  'seqfeat_bench_simt tests/bench/seqfeat-bench-simt        seqfeat-bench'
)

# targets_of PROGRAM_LINE...
targets_of() { printf '%s\n' "$@" | awk '{ print $1 }'; }

# collect BUILD_FOLDER BIN PROGRAM_LINE...: links the programs of a build into BIN, by their names.
collect() {
  local build=$1 bin=$2 file name
  shift 2
  mkdir -p "$bin"
  printf '%s\n' "$@" | while read -r _ file name; do
    ln -sf -- "$build/$file" "$bin/$name" || return
  done
}

# starts PROGRAM: whether the system has every library that it is linked with, in a fitting version.
starts() {
  local needs
  [[ -x $1 ]] || return
  command -v ldd >/dev/null || return 0
  needs=$(ldd "$1" 2>&1) && [[ $needs != *'not found'* ]]
}

# all_start BIN: whether all programs are there and start; says which does not.
all_start() {
  local name
  while read -r _ _ name; do
    starts "$1/$name" && continue
    printf '%s does not start here: %s\n' "$1/$name" \
      "$(ldd "$1/$name" 2>&1 | grep -m 1 'not found' || echo 'it is missing, or not for this machine')"
    return 1
  done < <(printf '%s\n' "${programs[@]}")
}

# tree_checksum: what a result depends on: the sources, by one checksum.
tree_checksum() {
  (
    cd "$root" || exit
    find CMakeLists.txt CMakePresets.json bench cmake cuda data examples include python src tests tools \
      -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-64
  )
}

generator() { if command -v ninja >/dev/null 2>&1; then echo Ninja; else echo 'Unix Makefiles'; fi; }
