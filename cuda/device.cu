// SPDX-License-Identifier: Apache-2.0
#include "cuda/device.hpp"

#include "cuda/check.hpp"
#include "cuda/kernels.hpp"
#include "cuda/port.cuh"
#include "cuda/training.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cuda {
namespace {

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// Why there is no device at all, in words that say what to do.
std::string reason(cudaError_t error) {
  int driver = 0;
  int runtime = 0;
  static_cast<void>(cudaDriverGetVersion(&driver));
  static_cast<void>(cudaRuntimeGetVersion(&runtime));
  static_cast<void>(cudaGetLastError());
  if (error == cudaErrorInsufficientDriver && driver == 0) {
    return "no CUDA driver found; install NVIDIA's driver, or use the CPU backend";
  }
  if (error == cudaErrorInsufficientDriver) {
    return "the driver is too old: got one for CUDA " + version_text(driver) +
           ", expected at least " + version_text(runtime) + "; update the driver";
  }
  if (error == cudaErrorNoDevice) {
    return "the driver finds no device; check CUDA_VISIBLE_DEVICES, or use the CPU backend";
  }
  return std::string("got ") + cudaGetErrorName(error) + " (" + cudaGetErrorString(error) +
         ") while counting devices; check that nvidia-smi works, or use the CPU backend";
}

void check_ordinal(int ordinal) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  const std::string what = "CUDA device " + std::to_string(ordinal) + ": ";
  if (error != cudaSuccess) throw DeviceUnavailable(what + reason(error));
  if (count == 0) throw DeviceUnavailable(what + reason(cudaErrorNoDevice));
  if (ordinal < 0 || ordinal >= count) {
    throw InvalidArgument(what + "got ordinal " + std::to_string(ordinal) + ", expected 0 to " +
                          std::to_string(count - 1));
  }
}

int attribute(cudaDeviceAttr name, int ordinal) {
  int value = 0;
  check_cuda(cudaDeviceGetAttribute(&value, name, ordinal), "cudaDeviceGetAttribute");
  return value;
}

bool means_no_image(int code) {
  return code == cudaErrorNoKernelImageForDevice || code == cudaErrorInvalidDeviceFunction ||
         code == cudaErrorUnsupportedPtxVersion;
}

/// Loads all kernels: they must not be loaded for the first time under stream capture.
void load_kernels(int major, int minor, int ordinal) {
  try {
    load_hash_kernels();
    load_map_kernels();
    load_layer_ids_kernels();
    load_norms_kernels();
    load_gather_kernels();
    load_lookup_kernels();
    load_validate_kernels();
    load_contributions_kernels();
    load_part_sums_kernels();
    load_update_kernels();
    load_sparse_rows_kernels();
    load_apply_kernels();
    load_weight_gradients_kernels();
  } catch (const CudaError& error) {
    if (!means_no_image(error.code())) throw;
    const std::string digits = std::to_string(major) + std::to_string(minor);
    throw DeviceUnavailable("CUDA device " + std::to_string(ordinal) +
                            ": no kernel image for its compute capability " +
                            std::to_string(major) + "." + std::to_string(minor) +
                            "; build with -DSEQFEAT_CUDA_ARCHITECTURES=" + digits);
  }
}

}  // namespace

Device open_device(int ordinal) {
  check_ordinal(ordinal);
  const DeviceGuard guard(ordinal);
  const int major = attribute(cudaDevAttrComputeCapabilityMajor, ordinal);
  const int minor = attribute(cudaDevAttrComputeCapabilityMinor, ordinal);
  load_kernels(major, minor, ordinal);
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, ordinal), "cudaGetDeviceProperties");
  Device device;
  device.ordinal = ordinal;
  device.multiprocessors = properties.multiProcessorCount;
  device.cache_bytes = properties.l2CacheSize;
  device.overlaps_kernels = major >= 9;
  device.has_pools = attribute(cudaDevAttrMemoryPoolsSupported, ordinal) != 0;
  device.description = std::string(properties.name) + " (cuda:" + std::to_string(ordinal) +
                       ", sm_" + std::to_string(major) + std::to_string(minor) + ", " +
                       std::to_string(properties.multiProcessorCount) + " multiprocessors, " +
                       std::to_string(properties.totalGlobalMem >> 30) + " GiB)";
  return device;
}

}  // namespace seqfeat::cuda
