# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev check ptx [--all] [--mutants=N|all] [--turn=N] [--patches[=K/N]]: the suites on the kernels
# as nvcc compiled them, run by the interpreter of tests/ptx.

# Without options sm_90 in ascending order of threads, its coverage, and 20 faults in the PTX, each
# day other ones. --all adds descending and random orders, and sm_80. --patches plants the faults of
# tests/mutants in the sources instead, which takes nvcc minutes for each.
check_ptx() {
  local option orders=asc mutants=20 turn=$(today) share='' all=''
  for option in "$@"; do
    case $option in
      --all) all=yes orders=asc,desc,rand:7 ;;
      --mutants=*) mutants=${option#*=} ;;
      --turn=*) turn=${option#*=} ;;
      --patches) share=0/1 ;;
      --patches=*) share=${option#*=} ;;
      *) die "check ptx: unknown option '$option', expected --all, --mutants=, --turn= or --patches" ;;
    esac
  done
  need_packages "${packages_cli[@]}" "${packages_test[@]}" python3 binutils
  if ! need_nvcc; then
    failed 'ptx: no CUDA compiler here and none could be got (see above)'
    return
  fi
  if [[ -n $share ]]; then
    "$root/tests/mutants/run" --ptx --share "$share"
    return
  fi
  {
    on_ptx ptx "${cuda_arguments[@]}" -- --orders "$orders" --mutants "$mutants" --turn "$turn"
    [[ -z $all ]] || on_ptx ptx -B "$root/build/ptx-80" -DSEQFEAT_CUDA_ARCHITECTURES=80-virtual \
      "${cuda_arguments[@]}" -- --no-coverage
  } | sum_totals_showing_the_rest
}

# on_ptx PRESET [CONFIGURE ARGUMENTS] -- [ARGUMENTS OF tests/ptx/run]
on_ptx() {
  local arguments=() folder=$root/build/$1
  if [[ $2 == -B ]]; then folder=$3; fi
  while [[ $1 != -- ]]; do
    arguments+=("$1")
    shift
  done
  if ! configure_beside_cpu "${arguments[@]}" >/dev/null ||
    ! locked cmake --build "$folder" -j "$jobs" --target ptx_suites >"$folder.build.txt" 2>&1; then
    tail -n 30 "$folder.build.txt"
    failed "ptx: the build of $folder"
    return
  fi
  with_total "${folder##*/}" "$root/tests/ptx/run" "$folder" "${@:2}"
}
