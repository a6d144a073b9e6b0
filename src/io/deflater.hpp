// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <memory>
#include <string_view>
#include <vector>

#include "io/atomic_file.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat {

/// Makes one gzip member or zlib stream. Equal input makes equal bytes: no time is stored.
class Deflater {
 public:
  explicit Deflater(Compression format);

  /// Compresses `bytes` and appends what is ready to `file`.
  void write(std::string_view bytes, AtomicFile& file);
  /// Appends the rest. Nothing can be compressed afterwards.
  void finish(AtomicFile& file);

 private:
  struct End {
    void operator()(z_stream* stream) const noexcept;
  };
  void run(int flush, AtomicFile& file);

  std::unique_ptr<z_stream, End> stream_;  // zlib keeps its address
  std::vector<std::byte> out_;
};

}  // namespace seqfeat
