# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The CUDA compiler: what is on the machine, else wheels in a private environment under build/.

cuda_wheels=(
  nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88
  nvidia-cuda-cccl==13.0.85 nvidia-cuda-runtime==13.0.96)
sass_wheels=(nvidia-cuda-cuobjdump nvidia-cuda-nvdisasm)

# need_wheels STAMP WHEEL...: installs them once; an environment that was cut short is completed.
need_wheels() {
  local stamp=$root/build/venv/.$1
  shift
  [[ -f $stamp && $(cat "$stamp") == "$*" ]] && return
  need_packages python3 python3-venv || return
  say "getting $* (once, into build/venv)"
  [[ -x $root/build/venv/bin/pip ]] || python3 -m venv "$root/build/venv" || return
  "$root/build/venv/bin/pip" install --quiet --disable-pip-version-check "$@" >&2 || return
  printf '%s' "$*" >"$stamp"
}

wheel_toolkit() { compgen -G "$root/build/venv/lib/python3*/site-packages/nvidia/cu13" | head -n 1; }

# Puts the machine's nvcc on PATH, if there is one.
find_nvcc() {
  if ! have nvcc && [[ -x /usr/local/cuda/bin/nvcc ]]; then PATH=/usr/local/cuda/bin:$PATH; fi
  have nvcc
}

# Puts nvcc on PATH and sets cuda_arguments, what CMake has to be told.
need_nvcc() {
  local toolkit
  cuda_arguments=()
  if find_nvcc; then return; fi
  need_wheels nvcc "${cuda_wheels[@]}" || return
  toolkit=$(wheel_toolkit)
  ln -sfn lib "$toolkit/lib64"
  ln -sfn libcudart.so.13 "$toolkit/lib/libcudart.so"
  export PATH=$toolkit/bin:$PATH CUDACXX=$toolkit/bin/nvcc
  cuda_arguments=("-DCUDAToolkit_ROOT=$toolkit")
}

# Puts cuobjdump and nvdisasm on PATH.
need_disassembler() {
  if have cuobjdump && have nvdisasm; then return; fi
  need_wheels sass "${sass_wheels[@]}" || return
  PATH=$PATH:$(wheel_toolkit)/bin
  have cuobjdump && have nvdisasm
}
