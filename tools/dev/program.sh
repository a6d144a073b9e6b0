# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Builds the program for ./dev demo, cli and bench: that and nothing else.

cli_path() { printf '%s\n' "$root/build/cpu/src/cli/seqfeat"; }

# build_cli [target...]: builds the program and other targets. All words go to stderr; there are
# none if everything is built.
build_cli() {
  local targets="seqfeat_cli${*:+ $*}" stamp
  stamp=$root/build/cpu/.built-${targets// /-}
  if nothing_changed_since "$stamp"; then return; fi
  if [[ ! -f $root/build/cpu/CMakeCache.txt ]]; then
    configure_cli -DSEQFEAT_BENCH=OFF # the preset would build benchmarks too
  fi
  touch "$stamp.begun" # a source that changes during the build is newer
  with_progress build cpu seqfeat_cli "$@" || die "the program could not be built (see above)"
  mv -f -- "$stamp.begun" "$stamp"
}

# Asking the build tool takes longer than most commands of the program do.
nothing_changed_since() {
  [[ -f $1 && -x $(cli_path) ]] &&
    [[ -z $(find "$root"/{CMakeLists.txt,CMakePresets.json,cmake,include,src,cuda,bench,examples,build/cpu/CMakeCache.txt} \
      -newer "$1" -print -quit 2>/dev/null) ]]
}

# configure_cli [arguments]: tests stay as they are where the folder is configured already.
configure_cli() {
  need_packages "${packages_cli[@]}"
  if [[ ! -f $root/build/cpu/CMakeCache.txt ]]; then
    say "building the program in build/cpu, with the CPU backend only (once; a minute or two)"
    set -- -DSEQFEAT_TESTS=OFF -DSEQFEAT_EXAMPLES=ON "$@"
  fi
  with_progress configure cpu "$@" || die "the build could not be configured (see above)"
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
  local found='benchmark_DIR|simdjson_DIR|absl_DIR|SEQFEAT_(FARMHASH|LIBDEFLATE|ISAL)_LIBRARY'
  if ! grep -qs '^SEQFEAT_BENCH:[A-Z]*=ON' "$cache" ||
    grep -Eq "^($found):[A-Z]*=.*NOTFOUND" "$cache"; then
    configure_cli -DSEQFEAT_BENCH=ON
  fi
}
