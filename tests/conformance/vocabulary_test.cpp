// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "backend/launch_count.hpp"
#include "seqfeat/error.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/random.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

// Ids by a vocabulary's table. The random batches of the other suites have such columns too.

namespace seqfeat::test {
namespace {

using Ids = std::vector<std::int64_t>;

class Vocabulary : public BackendTest {
 protected:
  static Ids ids_of(const Column& column, const Ragged& rows) {
    Features features;
    features.set("k", rows.view());
    return SequenceFeatures({column}, backend())(features, Emit::ids).ids()[0].ids;
  }
  static CategoricalColumn list(const std::vector<std::string>& words,
                                const VocabularyOptions& options = {}) {
    return sequence_categorical_column_with_vocabulary_list("k", words, options);
  }
  static CategoricalColumn integers(const std::vector<std::int64_t>& words,
                                    const VocabularyOptions& options = {}) {
    return sequence_categorical_column_with_vocabulary_list("k", words, options);
  }
  CategoricalColumn file(const std::string& bytes, std::optional<std::int64_t> size = {},
                         const VocabularyOptions& options = {}) {
    const std::string path = (directory_ / std::to_string(files_++)).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return sequence_categorical_column_with_vocabulary_file("k", path, size, options);
  }
  /// What a layer says of a file.
  std::string refused(const CategoricalColumn& column) {
    return refusal<InvalidArgument>([&] { return SequenceFeatures({column}, backend()); });
  }

  TemporaryDirectory directory_;
  int files_ = 0;
};

TEST_P(Vocabulary, OfStringsIsTheirPlaceTheDefaultOrABucket) {
  const Ragged rows = from_rows({{"omar", "", "Omar", "marlo", "omar"}});
  const std::vector<std::string> words = {"marlo", "omar", ""};
  EXPECT_EQ(ids_of(list(words), rows), (Ids{1, 2, -1, 0, 1}));
  EXPECT_EQ(ids_of(list(words, {.default_value = 2}), rows), (Ids{1, 2, 2, 0, 1}));
  EXPECT_EQ(ids_of(list(words, {.default_value = -99}), rows), (Ids{1, 2, -99, 0, 1}));
  EXPECT_EQ(ids_of(list(words, {.num_oov_buckets = 1}), rows), (Ids{1, 2, 3, 0, 1}));
  const auto bucket = static_cast<std::int64_t>(fingerprint64("Omar") % 1000);
  EXPECT_EQ(ids_of(list(words, {.num_oov_buckets = 1000}), rows), (Ids{1, 2, 3 + bucket, 0, 1}));
}

TEST_P(Vocabulary, OfIntegersComparesNumbersOfAnyWidth) {
  const std::vector<std::int64_t> words = {30, -1, INT64_MIN, INT64_MAX, 0};
  Ragged wide(DType::int64);
  for (const std::int64_t value : {INT64_MIN, std::int64_t{0}, INT64_MAX, std::int64_t{31}}) {
    wide.add_value(value);
  }
  wide.end_row();
  EXPECT_EQ(ids_of(integers(words), wide), (Ids{2, 4, 3, -1}));
  Ragged narrow(DType::int8);
  narrow.add_value(std::int64_t{-1});
  narrow.add_value(std::int64_t{30});
  narrow.end_row();
  EXPECT_EQ(ids_of(integers(words), narrow), (Ids{1, 0}));
  // What an int64 cannot say is in no vocabulary, whatever its bits are.
  Ragged huge(DType::uint64);
  huge.add_value(~std::uint64_t{0});
  huge.add_value(std::uint64_t{1} << 63);
  huge.add_value(std::uint64_t{30});
  huge.end_row();
  EXPECT_EQ(ids_of(integers(words), huge), (Ids{-1, -1, 0}));
  const auto bucket = static_cast<std::int64_t>(fingerprint64("18446744073709551615") % 77);
  EXPECT_EQ(ids_of(integers(words, {.num_oov_buckets = 77}), huge)[0], 5 + bucket);
}

// Whole tables: every word is found, and tokens that differ from one in a byte are not.
TEST_P(Vocabulary, OfAnySizeFindsEveryWordAndNoOther) {
  for (const std::int64_t size : {1, 2, 3, 7, 64, 1000, 3000, 20'000}) {
    SCOPED_TRACE(size);
    Rng rng(static_cast<std::uint64_t>(size));
    std::set<std::string> known;
    while (std::ssize(known) < size) {
      std::string word = "w" + rng.bytes(rng.between(0, rng.once_in(20) ? 90 : 6));
      for (char& c : word) c = c == '\n' || c == '\r' ? '~' : c;
      known.insert(word);
    }
    std::vector<std::string> tokens(known.begin(), known.end());
    std::string lines;
    for (const std::string& word : tokens) lines += word + "\n";
    Ids right;
    for (std::int64_t i = 0; i < size; ++i) right.push_back(i);
    for (std::int64_t i = 0; i < size; i += 3) {
      std::string other = tokens[static_cast<std::size_t>(i)];
      char& changed = other[static_cast<std::size_t>(rng.between(0, std::ssize(other) - 1))];
      changed = static_cast<char>(changed ^ 1);
      tokens.push_back(other);
      const auto found = known.find(other);
      right.push_back(found == known.end() ? -1 : std::distance(known.begin(), found));
    }
    EXPECT_EQ(ids_of(file(lines), from_rows({tokens})), right);
  }
}

// Words of one size, of one fingerprint's low bits and with one slot: only their bytes tell them
// apart, wherever these differ; also those of the batch's first token, in front of which there is
// no memory.
TEST_P(Vocabulary, ComparesEveryByteWhereHashesAgree) {
  const auto slot_of = [](std::uint64_t hash) {
    return multiply_high(hash, static_cast<std::uint64_t>(vocabulary_slots(2)));
  };
  for (const std::size_t size : {3U, 7U, 8U, 9U, 12U, 16U, 17U, 40U}) {
    for (const std::size_t from : {std::size_t{0}, size - 3}) {
      const std::string word(size, 'a');
      const std::uint64_t hash = fingerprint64(word);
      std::string other = word;
      for (unsigned i = 0; i < (1U << 24); ++i) {
        for (unsigned b = 0; b < 3; ++b) other[from + b] = static_cast<char>(i >> (8 * b));
        const std::uint64_t found = fingerprint64(other);
        const bool alike = ((found ^ hash) & 0xffff) == 0 && slot_of(found) == slot_of(hash);
        if (alike && other != word) break;
      }
      ASSERT_EQ(fingerprint64(other) & 0xffff, hash & 0xffff);
      EXPECT_EQ(ids_of(list({word, "b"}), from_rows({{other, word, other}})), (Ids{-1, 0, -1}))
          << size << " bytes that differ from byte " << from << " on";
    }
  }
}

TEST_P(Vocabulary, OfAFileTakesLinesAsTensorFlowDoes) {
  const Ragged rows = from_rows({{"a", "b", "a\r", "b\r\n", " a", "c"}});
  EXPECT_EQ(ids_of(file("a\nb\n"), rows), (Ids{0, 1, -1, -1, -1, -1}));
  EXPECT_EQ(ids_of(file("b\r\na"), rows), (Ids{1, 0, -1, -1, -1, -1}));
  EXPECT_EQ(ids_of(file("a\r\r\n a\n"), rows), (Ids{-1, -1, 0, -1, 1, -1}));
  EXPECT_EQ(ids_of(file("c\nb\na\n", 2), rows), (Ids{-1, 1, -1, -1, -1, 0}));
  EXPECT_EQ(ids_of(file("c\n\n\n", 1), rows)[5], 0) << "lines behind the size do not count";
  Ragged numbers(DType::int64);
  numbers.add_value(std::int64_t{-5});
  numbers.add_value(std::int64_t{7});
  numbers.end_row();
  EXPECT_EQ(ids_of(file(" 7 \n-5\r\n+8", {}, {.dtype = DType::int64}), numbers), (Ids{1, 0}));
}

TEST_P(Vocabulary, OfAFileRefusesLinesThatMeanNothing) {
  EXPECT_TRUE(holds(refused(file("a\n\nb\n")), "vocabulary_file", "':2", "empty line"));
  EXPECT_TRUE(holds(refused(file("a\n\r\n")), "':2", "empty line"));
  EXPECT_TRUE(holds(refused(file("a\nb\na\n")), "':3", "'a'", "second time"));
  EXPECT_TRUE(holds(refused(file("a\na\n\n")), "':2", "second time")) << "the first one is told";
  EXPECT_TRUE(holds(refused(file("a\nb\n", 3)), "has 2 lines", "vocabulary_size = 3"));
  const VocabularyOptions integer{.dtype = DType::int64};
  EXPECT_TRUE(holds(refused(file("1\nx\n", {}, integer)), "':2", "'x'", "int64"));
  EXPECT_TRUE(holds(refused(file("1\n+1\n", {}, integer)), "':2", "'+1'", "second time"));
  EXPECT_TRUE(holds(refused(file("9223372036854775808\n", {}, integer)), "':1", "int64"));
  EXPECT_TRUE(holds(refused(file("1\n+-2\n", {}, integer)), "':2", "'+-2'"));
}

TEST_P(Vocabulary, HasItsFileReadWhenTheLayerIsMade) {
  const CategoricalColumn column = file("a\nb\n");
  const std::string& path = column.content().vocabulary_file;
  std::ofstream(path, std::ios::binary) << "b\na\n";
  const Ragged rows = from_rows({{"a", "b"}});
  EXPECT_EQ(ids_of(column, rows), (Ids{1, 0}));
  Features features;
  features.set("k", rows.view());
  const SequenceFeatures layer({column, indicator_column(column)}, backend());
  std::filesystem::remove(path);
  EXPECT_EQ(layer(features, Emit::ids).ids()[0].ids, (Ids{1, 0}));
  EXPECT_TRUE(holds(refused(column), "vocabulary_file", path.c_str(), "cannot be opened"));
}

// A token without a row makes no difference to its step; alone it is a hole.
TEST_P(Vocabulary, GivesNoRowToAnIdBelowZeroAndRefusesOnePastTheEnd) {
  const Ragged rows = from_nested_rows({{{"x"}, {"x", "b"}, {"a"}}});
  Features features;
  features.set("k", rows.view());
  const std::vector<float> table = {1, 2};
  const auto layer = [&](std::int64_t default_value) {
    SequenceFeatures made({embedding_column(list({"a", "b"}, {.default_value = default_value}), 1)},
                          backend());
    made.bind("k_embedding", {table.data(), 2, 1});
    return made;
  };
  const Batch batch = layer(-7)(features, Emit::values_and_ids);
  EXPECT_EQ(std::vector<float>(batch.values().begin(), batch.values().end()),
            (std::vector<float>{0, 2, 1}));
  EXPECT_EQ(batch.ids()[0].ids, (Ids{-7, -7, 1, 0}));
  EXPECT_TRUE(holds(refusal<DataError>([&] { return layer(2)(features); }), "k", "row 0", "id 2",
                    "less than 2"));
  const auto counted = indicator_column(list({"a", "b"}, {.default_value = 2}));
  const Batch counts = SequenceFeatures({counted}, backend())(features);
  EXPECT_EQ(std::vector<float>(counts.values().begin(), counts.values().end()),
            (std::vector<float>{0, 0, 0, 1, 1, 0}));
}

TEST_P(Vocabulary, OfFeaturesOnADeviceReportsAnIdPastTheEnd) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  const Ragged rows = from_rows({{"a", "b"}, {"b", "x"}});
  OnDevice memory(backend());
  Features features;
  features.set("k", memory.keep(rows.view(), true));
  const LayerOptions options{.max_length = 2, .padding = Padding::max_length};
  const auto layer = [&](std::int64_t default_value) {
    return SequenceFeatures(
        {embedding_column(list({"a", "b"}, {.default_value = default_value}), 1)}, backend(),
        options);
  };
  EXPECT_EQ(refusal<DataError>([&] { return layer(-1)(features); }), "");
  EXPECT_TRUE(holds(refusal<DataError>([&] { return layer(5)(features); }), "'k_emb",
                    "row 1, step 1", "past the end"));
}

// All sources of ids in one layer: one kernel makes them, in a launch of its own.
TEST_P(Vocabulary, BesideEveryOtherSourceTakesOneLaunch) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no kernels";
  const Ragged words = from_rows({{"a", "b"}});
  const Ragged numbers = from_rows<std::int64_t>({{1, 2}});
  Features features;
  features.set("k", words.view());
  features.set("n", numbers.view());
  const auto hashed = [](std::uint64_t salt) {
    return sequence_categorical_column_with_hash_bucket("k", 9, DType::string,
                                                        {.salt = HashKey{salt, 1}});
  };
  const SequenceFeatures layer(
      {embedding_column(list({"b"}, {.num_oov_buckets = 2}), 2), indicator_column(hashed(3)),
       embedding_column(sequence_categorical_column_with_identity("n", 4), 3),
       sequence_categorical_column_with_hash_bucket("k", 5)},
      backend());
  const BatchSizes sizes = layer.measure(features);
  const Stream stream = backend().impl().own_stream();
  const Plan plan = layer.plan(sizes, Emit::ids);
  Place place(backend(), plan, true, stream);
  (void)layer(features, place.outputs(), place.workspace(), stream);
  const std::int64_t before = detail::launch_count();
  (void)layer(features, place.outputs(), place.workspace(), stream);
  EXPECT_LE(detail::launch_count() - before, 3);
  place.workspace().check(stream);
}

// The kernel for any source hashes as the others do: strings short and long, alone and by the tile.
TEST_P(Vocabulary, LeavesTheIdsOfHashedColumnsBesideItAsTheyAre) {
  constexpr std::int64_t kBuckets = 1000;
  Rng rng(31);
  std::vector<std::string> tokens;
  for (int i = 0; i < 300; ++i) tokens.push_back(rng.bytes(rng.between(0, 20)));
  for (int size = 0; size < 140; ++size) tokens.push_back(rng.bytes(size));
  for (const int size : {2096, 2097, 5000, 70'000}) tokens.push_back(rng.bytes(size));
  std::vector<std::int64_t> numbers;
  Ids of_strings;
  Ids of_numbers;
  const auto bucket = [](const std::string& text) {
    return static_cast<std::int64_t>(fingerprint64(text) % kBuckets);
  };
  for (const std::string& token : tokens) {
    numbers.push_back(static_cast<std::int64_t>(rng.integer()));
    of_strings.push_back(bucket(token));
    of_numbers.push_back(bucket(std::to_string(numbers.back())));
  }
  const Ragged strings = from_rows({tokens});
  const Ragged integers_too = from_rows<std::int64_t>({numbers});
  Features features;
  features.set("k", strings.view());
  features.set("n", integers_too.view());
  const SequenceFeatures layer(
      {list({"x"}), indicator_column(sequence_categorical_column_with_hash_bucket("k", kBuckets)),
       sequence_categorical_column_with_hash_bucket("n", kBuckets, DType::int64)},
      backend());
  const Batch batch = layer(features, Emit::ids);
  ASSERT_EQ(batch.ids()[1].name, "k_indicator");
  EXPECT_EQ(batch.ids()[1].ids, of_strings);
  EXPECT_EQ(batch.ids()[2].ids, of_numbers);
}

SEQFEAT_ON_EVERY_BACKEND(Vocabulary);

}  // namespace
}  // namespace seqfeat::test
