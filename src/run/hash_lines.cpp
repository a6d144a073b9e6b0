// SPDX-License-Identifier: Apache-2.0
#include "run/hash_lines.hpp"

#include <string_view>
#include <vector>

#include "backend/concat.hpp"
#include "io/byte_source.hpp"
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
    if (is_integer(options_.dtype)) {
      add_text(tokens_, token);
      tokens_.end_step();
    } else {
      bytes_.append(token);
      ends_.push_back(static_cast<std::int64_t>(bytes_.size()));
    }
    ++count_;
  }

  [[nodiscard]] bool full() const noexcept { return count_ >= kBlockTokens; }

  /// Hashes what was added and starts anew.
  std::span<const std::uint64_t> take() {
    hashes_.resize(static_cast<std::size_t>(count_));
    const ValuesView values = view();
    if (options_.buckets) {
      hash_bucket(backend_, values, *options_.buckets, {.salt = options_.salt},
                  reinterpret_cast<std::int64_t*>(hashes_.data()), kHostStream);
    } else {
      fingerprint(backend_, values, hashes_.data(), kHostStream);
    }
    backend_.synchronize(kHostStream);
    bytes_.clear();
    ends_.resize(1);
    tokens_.clear();
    count_ = 0;
    return hashes_;
  }

 private:
  static constexpr std::int64_t kBlockTokens = std::int64_t{1} << 17;

  [[nodiscard]] ValuesView view() const {
    if (is_integer(options_.dtype)) {
      const RaggedView view = tokens_.view();
      return {.dtype = options_.dtype,
              .data = view.data,
              .byte_offsets = {},
              .count = count_,
              .bytes = 0};
    }
    return {.dtype = DType::string,
            .data = bytes_.data(),
            .byte_offsets = offsets_of(ends_),
            .count = count_,
            .bytes = static_cast<std::int64_t>(bytes_.size())};
  }

  const HashOptions& options_;
  const Backend& backend_;
  std::string bytes_;
  std::vector<std::int64_t> ends_{0};
  Ragged tokens_;  // integers
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
  ByteSource source(options.file, Compression::none);
  Block block(options, backend);
  std::int64_t line = 0;
  const auto add = [&](std::string_view token) {
    ++line;
    try {
      block.add(token);
    } catch (const DataError& error) {
      take(block.take());  // the lines before it are answered
      throw DataError(detail::concat(source.name(), ":", line, ": token: ", error.what(),
                                     "; mend the line or choose another --dtype"));
    }
    if (block.full()) take(block.take());
  };
  std::size_t searched = 0;
  while (true) {
    std::string_view bytes = source.peek(searched + 1);
    const bool ended = bytes.size() == searched;
    if (ended && bytes.empty()) break;
    // All lines that have arrived are answered, so that a person who types does not wait.
    std::size_t used = 0;
    std::size_t from = searched;
    for (std::size_t end; (end = bytes.find('\n', from)) != std::string_view::npos; from = used) {
      add(bytes.substr(used, end - used));
      used = end + 1;
    }
    if (ended) {
      add(bytes);
      used = bytes.size();
    }
    searched = bytes.size() - used;
    source.skip(used);
    take(block.take());
    if (ended) break;
  }
}

}  // namespace seqfeat::run
