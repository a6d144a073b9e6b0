# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The CUDA compiler: what is on the machine, else wheels in a private environment under build/.

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
  need_wheels venv nvcc || return
  toolkit=$(wheel_toolkit)
  ln -sfn lib "$toolkit/lib64"
  ln -sfn libcudart.so.13 "$toolkit/lib/libcudart.so"
  export PATH=$toolkit/bin:$PATH CUDACXX=$toolkit/bin/nvcc
  cuda_arguments=("-DCUDAToolkit_ROOT=$toolkit")
}

# Puts cuobjdump and nvdisasm on PATH.
need_disassembler() {
  if have cuobjdump && have nvdisasm; then return; fi
  need_wheels venv sass || return
  PATH=$PATH:$(wheel_toolkit)/bin
  have cuobjdump && have nvdisasm
}
