// SPDX-License-Identifier: Apache-2.0
#include "core.hpp"

namespace seqfeat::python {
namespace {

/// XLA's handlers by the platform that they are for, in the form in which XLA takes functions.
nb::dict xla_handlers() {
  using Handler = XLA_FFI_Error* (*)(XLA_FFI_CallFrame*);
  const auto capsule = [](Handler handler) {
    return nb::capsule(reinterpret_cast<void*>(handler), "xla._CUSTOM_CALL_TARGET");
  };
  nb::dict host;
  host["seqfeat_forward"] = capsule(&seqfeat_xla_forward);
  host["seqfeat_gradient"] = capsule(&seqfeat_xla_gradient);
  host["seqfeat_sparse_gradient"] = capsule(&seqfeat_xla_sparse_gradient);
  nb::dict device;
  device["seqfeat_forward"] = capsule(&seqfeat_xla_forward_cuda);
  device["seqfeat_sparse_gradient"] = capsule(&seqfeat_xla_sparse_gradient_cuda);
  nb::dict handlers;
  handlers["cpu"] = host;
  handlers["CUDA"] = device;
  return handlers;
}

}  // namespace
}  // namespace seqfeat::python

NB_MODULE(_core, module) {
  module.doc() = "The C interface of seqfeat. The package around it has the names to use.";
  seqfeat::python::bind_ragged(module);
  seqfeat::python::bind_arrays(module);
  seqfeat::python::bind_arrow(module);
  seqfeat::python::bind_layer(module);
  seqfeat::python::bind_records(module);
  seqfeat::python::bind_packed(module);
  seqfeat::python::bind_training(module);
  seqfeat::python::bind_run(module);
  module.def(
      "let_objects_stay", [] { nanobind::set_leak_warnings(false); },
      "For packages that keep objects until the process ends: nanobind does not warn of them.");
  module.def("xla_handlers", &seqfeat::python::xla_handlers,
             "{platform: {name: capsule}} for jax.ffi.register_ffi_target.");
  module.attr("version") = seqfeat_version();
}
