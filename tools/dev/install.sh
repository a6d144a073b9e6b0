# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ./dev install [--cpu|--cuda] PREFIX: library, headers and program, built in a folder of their own.

source "$root/tools/dev/cuda.sh"

install_to() {
  local backend='' prefix='' folder
  while (($#)); do
    case $1 in
      --cpu | --cuda)
        [[ -z $backend || $backend == "${1#--}" ]] || die "install: got --$backend and $1, expected one of them"
        backend=${1#--}
        ;;
      -*) die "install: unknown option '$1', expected --cpu or --cuda" ;;
      *)
        [[ -z $prefix ]] || die "install: got '$prefix' and '$1', expected one PREFIX"
        prefix=$(realpath -m -- "$1")
        ;;
    esac
    shift
  done
  [[ -n $prefix ]] || die "install: got no PREFIX; usage: ./dev install [--cpu|--cuda] PREFIX"
  choose_backend "$backend"
  need_packages "${packages_cli[@]}"
  cuda_arguments=()
  if [[ $chosen == cuda ]]; then
    need_nvcc || die "install: no CUDA compiler here and none could be got (see above); --cpu needs none"
  fi
  folder=$root/build/install-$chosen
  # Without benchmarks, which need Google Benchmark's shared library wherever they run.
  with_progress configure "$chosen" -B "$folder" -DSEQFEAT_TESTS=OFF -DSEQFEAT_EXAMPLES=OFF \
    -DSEQFEAT_BENCH=OFF "${cuda_arguments[@]}" || die "install: the build could not be configured (see above)"
  with_progress locked cmake --build "$folder" -j "$jobs" || die "install: the build failed (see above)"
  cmake --install "$folder" --prefix "$prefix"
}

# choose_backend cpu|cuda|'': sets `chosen` and says why. Kernels take long to compile, so that they
# are built only where they can run, or where they are asked for.
choose_backend() {
  local why
  chosen=$1
  if [[ -n $chosen ]]; then
    why="as --$chosen says"
  elif ! find_nvcc; then
    chosen=cpu why="there is no nvcc; --cuda gets one and builds the kernels too"
  elif ! has_driver; then
    chosen=cpu why="nvcc is here, but no working driver ('nvidia-smi -L' fails); --cuda builds the kernels all the same, which takes long"
  else
    chosen=cuda why="nvcc and a working driver are here; --cpu leaves the kernels out"
  fi
  if [[ $chosen == cpu ]]; then
    say "install: the CPU backend only ($why)"
  else
    say "install: the CPU and CUDA backends ($why)"
  fi
}
