// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <vector>

#include "backend/backend_impl.hpp"
#include "tests/support/backends.hpp"

namespace seqfeat::test {

/// A test that runs on every backend.
class BackendTest : public testing::TestWithParam<NamedBackend> {
 protected:
  [[nodiscard]] static const Backend& backend() { return GetParam().backend; }
  [[nodiscard]] static Stream stream() { return backend().impl().own_stream(); }
};

/// A copy of `values` in the backend's memory, without a byte to spare behind it.
template <class T>
[[nodiscard]] Buffer to_backend(const Backend& backend, std::span<const T> values) {
  const Stream stream = backend.impl().own_stream();
  Buffer buffer(backend.memory(), static_cast<std::int64_t>(values.size_bytes()), stream);
  backend.copy(buffer.data(), values.data(), buffer.size_bytes(), stream);
  backend.synchronize(stream);
  return buffer;
}

/// The first `count` objects of the backend's memory, on the host. Waits.
template <class T>
[[nodiscard]] std::vector<T> to_host(const Backend& backend, const T* from, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  const Stream stream = backend.impl().own_stream();
  backend.copy(values.data(), from, count * static_cast<std::int64_t>(sizeof(T)), stream);
  backend.synchronize(stream);
  return values;
}

}  // namespace seqfeat::test

#define SEQFEAT_ON_EVERY_BACKEND(suite)                                                       \
  INSTANTIATE_TEST_SUITE_P(Every, suite, testing::ValuesIn(::seqfeat::test::every_backend()), \
                           [](const auto& named) { return named.param.name; })
