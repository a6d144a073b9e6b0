// SPDX-License-Identifier: Apache-2.0
#include "bench/inputs.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

#include "backend/try_thread.hpp"
#include "seqfeat/example.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat::bench {
namespace {

/// A number in [0, 1).
double random_share(std::uint64_t seed, std::int64_t index) {
  return static_cast<double>(random_bits(seed, static_cast<std::uint64_t>(index)) >> 11) * 0x1p-53;
}

void append_offset(Strings& strings, std::int64_t bytes) {
  if (bytes > std::numeric_limits<std::int32_t>::max()) {
    throw std::length_error("bench: got " + std::to_string(bytes) +
                            " bytes of tokens, expected fewer than 2^31; use a smaller --scale");
  }
  strings.offsets.push_back(static_cast<std::int32_t>(bytes));
}

constexpr std::uint64_t kLanguageSeed = 8000;
constexpr std::int64_t kVocabulary = 65'536;

std::string spell(std::int64_t rank, std::size_t length) {
  constexpr std::string_view kConsonants = "bcdfghjklmnpqrstvwxyz";
  constexpr std::string_view kVowels = "aeiou";
  std::string word;
  for (std::size_t i = 0; i < length; ++i) {
    const std::string_view letters = i % 2 == 0 ? kConsonants : kVowels;
    const std::uint64_t bits =
        random_bits(kLanguageSeed + 1, static_cast<std::uint64_t>(rank) * 32 + i);
    word += letters[bits % letters.size()];
  }
  return word;
}

std::size_t letters_of(std::int64_t rank) {
  const auto bits = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(rank) + 1));
  const std::uint64_t extra = random_bits(kLanguageSeed, static_cast<std::uint64_t>(rank)) % 3;
  return 2 + 4 * (bits - 1) / 5 + extra;
}

}  // namespace

void Strings::append(std::string_view string) {
  bytes += string;
  append_offset(*this, static_cast<std::int64_t>(bytes.size()));
}

ValuesView Strings::view() const {
  return {DType::string, bytes.data(), offsets_of(offsets), count(),
          static_cast<std::int64_t>(bytes.size())};
}

void in_parallel(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
  const std::int64_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> workers;
  for (std::int64_t t = 0; t < threads; ++t) {
    const auto piece = [&body, begin = count * t / threads, end = count * (t + 1) / threads] {
      body(begin, end);
    };
    if (auto worker = detail::try_thread(piece)) {
      workers.emplace_back(std::move(*worker));
    } else {
      piece();
    }
  }
  for (std::thread& worker : workers) worker.join();
}

Strings random_strings(std::int64_t count, int shortest, int longest, std::uint64_t seed) {
  Strings strings;
  strings.offsets.reserve(static_cast<std::size_t>(count) + 1);
  const auto choices = static_cast<std::uint64_t>(longest - shortest + 1);
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t bits = random_bits(seed, static_cast<std::uint64_t>(i));
    append_offset(strings, bytes += shortest + static_cast<std::int64_t>(bits % choices));
  }
  strings.bytes.resize(static_cast<std::size_t>(bytes));
  in_parallel((bytes + 7) / 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t word = begin; word < end; ++word) {
      const std::uint64_t bits = random_bits(seed + 1, static_cast<std::uint64_t>(word));
      const std::int64_t size = std::min<std::int64_t>(8, bytes - word * 8);
      std::memcpy(strings.bytes.data() + word * 8, &bits, static_cast<std::size_t>(size));
    }
  });
  return strings;
}

Strings tokens_of(const std::filesystem::path& file, std::int64_t count) {
  TfRecordReader reader(file);
  ExampleParser parser({{"tokens", DType::string}}, RecordKind::example);
  for (std::int64_t record = 0; const auto bytes = reader.next(); ++record) {
    parser.add(*bytes, record);
  }
  const RaggedView view = parser.feature("tokens").view();
  if (view.value_count == 0) throw std::length_error("bench: no tokens in " + file.string());
  Strings strings;
  for (std::int64_t i = 0; i < count; ++i) {
    strings.append(string_at(view.data, view.byte_offsets, i % view.value_count));
  }
  return strings;
}

std::vector<std::int64_t> log_uniform(std::int64_t count, std::uint64_t seed) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  in_parallel(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto magnitude = static_cast<std::int64_t>(std::exp2(63.0 * random_share(seed, i))) - 1;
      const bool negative = (random_bits(seed + 1, static_cast<std::uint64_t>(i)) & 1) != 0;
      numbers[static_cast<std::size_t>(i)] = negative ? -magnitude : magnitude;
    }
  });
  return numbers;
}

std::vector<std::int64_t> power_law(std::int64_t count, std::int64_t rows, const PowerLaw& law,
                                    std::uint64_t seed) {
  constexpr std::int64_t kPrime = 2654435761;  // coprime to every smaller number of rows
  const double power = 1.0 - law.alpha;
  const double low = std::pow(law.shift, power);
  const double high = std::pow(static_cast<double>(rows) + law.shift, power);
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  in_parallel(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      // The inverse of the distribution function; alpha 1 itself is not asked for.
      const double at = std::pow(low + random_share(seed, i) * (high - low), 1.0 / power);
      std::int64_t row = static_cast<std::int64_t>(at - law.shift);
      row = std::clamp<std::int64_t>(row, 0, rows - 1);
      ids[static_cast<std::size_t>(i)] = law.permuted ? row * kPrime % rows : row;
    }
  });
  return ids;
}

std::int64_t distinct(const std::vector<std::int64_t>& ids, std::int64_t rows) {
  std::vector<bool> seen(static_cast<std::size_t>(rows));
  for (const std::int64_t id : ids) seen[static_cast<std::size_t>(id)] = true;
  return std::count(seen.begin(), seen.end(), true);
}

std::vector<std::string> invented_words(std::int64_t size) {
  std::vector<std::string> words;
  for (std::int64_t rank = 0; rank < size; ++rank) words.push_back(spell(rank, letters_of(rank)));
  return words;
}

Strings invented_text(std::int64_t count, std::uint64_t seed) {
  const std::vector<std::string> words = invented_words(kVocabulary);
  Strings text;
  text.offsets.reserve(static_cast<std::size_t>(count) + 1);
  for (const std::int64_t rank :
       power_law(count, kVocabulary, {.alpha = 1.05, .permuted = false}, seed)) {
    text.append(words[static_cast<std::size_t>(rank)]);
  }
  return text;
}

}  // namespace seqfeat::bench
