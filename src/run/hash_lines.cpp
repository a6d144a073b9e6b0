// SPDX-License-Identifier: Apache-2.0
#include "run/hash_lines.hpp"

#include <string_view>
#include <vector>

#include "backend/concat.hpp"
#include "io/byte_source.hpp"
#include "io/line_reader.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/pack.hpp"
#include "seqfeat/ragged.hpp"

namespace seqfeat::run {
namespace {

/// Tokens gathered until there are enough for a block.
class Block {
 public:
  Block(const HashOptions& options, const Backend& backend)
      : options_(options), backend_(backend), tokens_(options.dtype) {}

  void add(std::string_view token) {
    add_text(tokens_, token);
    tokens_.end_step();
    ++count_;
  }

  [[nodiscard]] bool full() const noexcept { return count_ >= kBlockTokens; }

  /// Hashes what was added and starts anew.
  std::span<const std::uint64_t> take() {
    hashes_.resize(static_cast<std::size_t>(count_));
    const RaggedView view = tokens_.view();
    const ValuesView values{.dtype = view.dtype,
                            .data = view.data,
                            .byte_offsets = view.byte_offsets,
                            .count = view.value_count,
                            .bytes = view.bytes};
    if (options_.buckets) {
      hash(backend_, values, *options_.buckets, reinterpret_cast<std::int64_t*>(hashes_.data()),
           kHostStream);
    } else {
      fingerprint(backend_, values, hashes_.data(), kHostStream);
    }
    backend_.synchronize(kHostStream);
    tokens_.clear();
    count_ = 0;
    return hashes_;
  }

 private:
  static constexpr std::int64_t kBlockTokens = std::int64_t{1} << 17;

  const HashOptions& options_;
  const Backend& backend_;
  Ragged tokens_;
  std::int64_t count_ = 0;
  std::vector<std::uint64_t> hashes_;
};

}  // namespace

void hash_lines(const HashOptions& options, const Backend& backend,
                const std::function<void(std::span<const std::uint64_t>)>& take) {
  if (options.buckets && *options.buckets < 2) {
    throw InvalidArgument(
        detail::concat("--buckets: got ", *options.buckets, ", expected a number > 1"));
  }
  // Without inflating: a token may look like the beginning of a compressed file.
  LineReader lines(ByteSource(options.file, Compression::none));
  Block block(options, backend);
  while (const auto token = lines.next()) {
    try {
      block.add(*token);
    } catch (const DataError& error) {
      take(block.take());  // the lines before it are answered
      throw DataError(detail::concat(lines.name(), ":", lines.line(), ": token: ", error.what(),
                                     "; mend the line or choose another --dtype"));
    }
    // All lines that have arrived are answered, so that a person who types does not wait.
    if (block.full() || !lines.has_line()) take(block.take());
  }
}

}  // namespace seqfeat::run
