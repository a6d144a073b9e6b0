// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "simt/kernel_api.hpp"

namespace simt {

template <class... P>
struct PackedCall {
  void (*kernel)(P...);
  std::tuple<P...> arguments;

  static_assert((std::is_trivially_copyable_v<P> && ...), "kernel arguments are copied bytewise");
  static_assert((!std::is_reference_v<P> && ...), "a kernel cannot take references");

  // Every thread gets its own copies, as it would.
  static void run(const void* packed) {
    const auto* call = static_cast<const PackedCall*>(packed);
    std::apply(call->kernel, call->arguments);
  }
  static std::shared_ptr<const void> copy(const void* packed) {
    return std::make_shared<PackedCall>(*static_cast<const PackedCall*>(packed));
  }
};

template <class... P>
cudaError_t launch(const cudaLaunchConfig_t& config, const PackedCall<P...>& call) {
  static_assert(sizeof(std::tuple<P...>) <= 4096, "4 KB of kernel arguments");
  return launch(config, KernelCall{reinterpret_cast<const void*>(call.kernel), &call,
                                   PackedCall<P...>::run, PackedCall<P...>::copy});
}

template <class... P, std::size_t... I>
cudaError_t launch_from(const cudaLaunchConfig_t& config, void (*kernel)(P...), void** arguments,
                        std::index_sequence<I...>) {
  (void)arguments;  // kernels without parameters
  return launch(config, PackedCall<P...>{kernel, {*static_cast<P*>(arguments[I])...}});
}

}  // namespace simt

template <class... P, class... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(P...),
                               A&&... arguments) {
  return simt::launch(
      *config, simt::PackedCall<P...>{kernel, std::tuple<P...>(std::forward<A>(arguments)...)});
}

template <class... P>
cudaError_t cudaLaunchKernel(void (*kernel)(P...), dim3 grid, dim3 block, void** arguments,
                             std::size_t dynamic_shared_bytes = 0, cudaStream_t stream = nullptr) {
  const cudaLaunchConfig_t config{grid, block, dynamic_shared_bytes, stream, nullptr, 0};
  return simt::launch_from(config, kernel, arguments, std::index_sequence_for<P...>{});
}
