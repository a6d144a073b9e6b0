// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <variant>

#include "abi/xla/packed.hpp"
#include "layer/crossed_steps.hpp"
#include "seqfeat/seqfeat.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"
#include "tests/xla/fake_xla.hpp"

// XLA's handlers, called without XLA: on the host, and on a device, which the emulator plays. What
// they give is what the layer gives that is called directly with features on the host.

namespace seqfeat::test {
namespace {

using xla::ElementType;

/// A capacity with room to spare, which is another size than the batch in everything.
xla::PackedCapacity room_for(const Features& features) {
  xla::PackedCapacity capacity;
  for (const auto& [key, view] : features.views()) {
    capacity.rows = std::max(capacity.rows, view.rows() + 3);
    capacity.steps = std::max(capacity.steps, view.steps() + 5);
    capacity.values = std::max(capacity.values, view.value_count + 7);
    capacity.bytes = std::max(capacity.bytes, view.bytes + 9);
  }
  return capacity;
}

/// The most values that a column crosses.
std::int64_t crossed_values(const SequenceFeatures& layer, const Features& features) {
  std::int64_t most = 0;
  for (const Column& column : layer.columns()) {
    const std::vector<FeatureKey> keys = features_of(column);
    if (keys.size() < 2) continue;
    detail::Operands operands;
    for (const FeatureKey& key : keys) operands.add(key.key, *features.find(key.key));
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> steps;
    most = std::max(most, detail::steps_of_cross(operands, rows, steps).value_count);
  }
  return most;
}

/// The first embedding of each table.
std::vector<EmbeddingColumn> embeddings_of(const SequenceFeatures& layer) {
  std::vector<EmbeddingColumn> found;
  for (const Column& column : layer.columns()) {
    const auto* one = std::get_if<EmbeddingColumn>(&column);
    const bool is_new = one != nullptr && std::none_of(found.begin(), found.end(), [&](auto& had) {
                          return had.table() == one->table();
                        });
    if (is_new) found.push_back(*one);
  }
  return found;
}

class XlaHandlers : public BackendTest {
 protected:
  /// A case with everything that a call needs, in the backend's memory.
  struct Call {
    explicit Call(Case given) : c(std::move(given)), layer(c.layer(backend())), features(c.pack()) {
      capacity = room_for(features);
      capacity.values = std::max(capacity.values, crossed_values(layer, features));
      const xla::PackedLayout layout(layer.columns(), capacity);
      std::vector<std::byte> packed(static_cast<std::size_t>(layout.bytes()));
      layout.pack(features, 0, packed.data());
      batch = to_backend<std::byte>(backend(), packed);
      steps = padded_steps(c.options, 0);
      for (const EmbeddingColumn& column : embeddings_of(layer)) {
        tables.push_back(to_backend<float>(backend(), c.tables.at(column.table())));
      }
    }

    [[nodiscard]] FakeXla begin() const {
      FakeXla fake(backend().on_device() ? stream() : kHostStream);
      fake.attribute("bytes", capacity.bytes);
      fake.attribute("rows", capacity.rows);
      fake.attribute("spec", to_json({layer.columns(), c.options}));
      fake.attribute("steps", capacity.steps);
      fake.attribute("values", capacity.values);
      fake.argument(ElementType::uint8, batch.data(), {batch.size_bytes()});
      return fake;
    }
    void add_tables(FakeXla& fake) const {
      const std::vector<EmbeddingColumn> columns = embeddings_of(layer);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        fake.argument(ElementType::float32, tables[i].data(),
                      {columns[i].categorical().rows(), columns[i].dimension()});
      }
    }
    [[nodiscard]] std::int64_t elements() const { return capacity.rows * steps * layer.dim(); }

    Case c;
    SequenceFeatures layer;
    Features features;
    xla::PackedCapacity capacity;
    Buffer batch;
    std::vector<Buffer> tables;
    std::int64_t steps = 0;
  };

  /// Memory for `count` elements, none of which is 0.
  template <class T>
  static Buffer poisoned(std::int64_t count) {
    const std::vector<std::byte> bytes(static_cast<std::size_t>(count) * sizeof(T),
                                       std::byte{0x55});
    return to_backend<std::byte>(backend(), bytes);
  }
  static FakeXla::Handler forward() {
    return backend().on_device() ? &seqfeat_xla_forward_cuda : &seqfeat_xla_forward;
  }
  static FakeXla::Handler sparse_gradient() {
    return backend().on_device() ? &seqfeat_xla_sparse_gradient_cuda : &seqfeat_xla_sparse_gradient;
  }

  static void check_forward(const Call& call) {
    const Buffer values = poisoned<float>(call.elements());
    const Buffer lengths = poisoned<std::int64_t>(call.capacity.rows);
    const Buffer mask = poisoned<std::uint8_t>(call.capacity.rows * call.steps);
    FakeXla fake = call.begin();
    call.add_tables(fake);
    fake.result(ElementType::float32, values.data(),
                {call.capacity.rows, call.steps, call.layer.dim()});
    fake.result(ElementType::uint32, lengths.data(), {call.capacity.rows, 2});
    fake.result(ElementType::boolean, mask.data(), {call.capacity.rows, call.steps});
    ASSERT_EQ(fake.call(forward()), "");

    const Batch batch = call.layer(call.features);
    std::vector<float> want(batch.values().begin(), batch.values().end());
    std::vector<std::int64_t> lengths_wanted(batch.lengths().begin(), batch.lengths().end());
    std::vector<std::uint8_t> mask_wanted(batch.mask().begin(), batch.mask().end());
    resize(want, call);
    lengths_wanted.resize(static_cast<std::size_t>(call.capacity.rows));
    mask_wanted.resize(static_cast<std::size_t>(call.capacity.rows * call.steps));
    const auto got = to_host(backend(), values.as<float>(), call.elements());
    ASSERT_EQ(difference(std::span<const float>(got), want), "");
    EXPECT_EQ(to_host(backend(), lengths.as<std::int64_t>(), call.capacity.rows), lengths_wanted);
    EXPECT_EQ(to_host(backend(), mask.as<std::uint8_t>(), call.capacity.rows * call.steps),
              mask_wanted);
  }

  /// Adds the rows of the capacity that a batch does not have, which are padding.
  static void resize(std::vector<float>& values, const Call& call) {
    std::vector<float> row(static_cast<std::size_t>(call.layer.dim()));
    for (std::size_t c = 0; c < call.layer.columns().size(); ++c) {
      const auto* numeric = std::get_if<NumericColumn>(&call.layer.columns()[c]);
      if (numeric == nullptr) continue;
      std::fill_n(row.begin() + call.layer.slices()[c].offset, numeric->width(),
                  static_cast<float>(numeric->default_value()));
    }
    while (std::ssize(values) < call.elements())
      values.insert(values.end(), row.begin(), row.end());
  }

  /// The gradients of the layer, called directly with features on the host.
  struct Trained {
    Trained(const Call& call, const std::vector<float>& gradient) {
      const BatchSizes sizes = call.layer.measure(call.features);
      Workspace workspace(backend(), call.layer.plan(sizes, Emit::values, {.trains = true}),
                          stream());
      const Buffer values(backend().memory(), workspace.plan().values * 4, stream());
      const Buffer lengths(backend().memory(), sizes.rows * 8, stream());
      call.layer(call.features, {.values = values.data(), .lengths = lengths.as<std::int64_t>()},
                 workspace, stream());
      SparseGradient sparse(call.layer, sizes, stream());
      const Buffer upstream = to_backend<float>(
          backend(), std::span(gradient).first(static_cast<std::size_t>(workspace.plan().values)));
      call.layer.gradients({upstream.data()}, workspace, sparse, stream());
      for (const SparseTable& table : sparse.tables()) {
        tables.push_back(sparse.on_host(table.table, stream()));
      }
    }
    std::vector<SparseGradient::OnHost> tables;
  };

  static std::vector<float> random_gradient(const Call& call, std::uint64_t seed) {
    Rng rng(seed);
    std::vector<float> gradient(static_cast<std::size_t>(call.elements()));
    for (float& g : gradient) g = static_cast<float>(rng.between(-999, 999)) / 128.0F;
    return gradient;
  }

  static void check_sparse(const Call& call, const std::vector<float>& gradient,
                           const Trained& want) {
    const std::vector<EmbeddingColumn> columns = embeddings_of(call.layer);
    const Buffer upstream = to_backend<float>(backend(), gradient);
    FakeXla fake = call.begin();
    fake.argument(ElementType::float32, upstream.data(),
                  {call.capacity.rows, call.steps, call.layer.dim()});
    call.add_tables(fake);
    std::vector<Buffer> ids, rows, counts;
    for (const EmbeddingColumn& column : columns) {
      const std::int64_t room = std::min(column.categorical().rows(), call.capacity.values);
      ids.push_back(poisoned<std::int64_t>(room));
      rows.push_back(poisoned<float>(room * column.dimension()));
      counts.push_back(poisoned<std::int64_t>(1));
      fake.result(ElementType::uint32, ids.back().data(), {room, 2});
      fake.result(ElementType::float32, rows.back().data(), {room, column.dimension()});
      fake.result(ElementType::uint32, counts.back().data(), {1, 2});
    }
    ASSERT_EQ(fake.call(sparse_gradient()), "");
    ASSERT_EQ(want.tables.size(), columns.size());
    for (std::size_t t = 0; t < columns.size(); ++t) {
      SCOPED_TRACE(columns[t].name());
      const std::int64_t count = to_host(backend(), counts[t].as<std::int64_t>(), 1)[0];
      ASSERT_EQ(count, std::ssize(want.tables[t].ids));
      EXPECT_EQ(to_host(backend(), ids[t].as<std::int64_t>(), count), want.tables[t].ids);
      const auto got = to_host(backend(), rows[t].as<float>(), count * columns[t].dimension());
      EXPECT_EQ(difference(std::span<const float>(got), want.tables[t].rows), "");
    }
  }

  static void check_dense(const Call& call, const std::vector<float>& gradient,
                          const Trained& want) {
    const std::vector<EmbeddingColumn> columns = embeddings_of(call.layer);
    FakeXla fake = call.begin();
    fake.argument(ElementType::float32, gradient.data(),
                  {call.capacity.rows, call.steps, call.layer.dim()});
    call.add_tables(fake);
    std::vector<std::vector<float>> got;
    for (const EmbeddingColumn& column : columns) {
      const std::int64_t rows = column.categorical().rows();
      got.emplace_back(static_cast<std::size_t>(rows * column.dimension()));
      fake.argument(ElementType::float32, got.back().data(), {rows, column.dimension()});
      fake.result(ElementType::float32, got.back().data(), {rows, column.dimension()});
    }
    ASSERT_EQ(fake.call(&seqfeat_xla_gradient), "");
    for (std::size_t t = 0; t < columns.size(); ++t) {
      const auto dim = static_cast<std::size_t>(columns[t].dimension());
      std::vector<float> expected(got[t].size());
      for (std::size_t i = 0; i < want.tables[t].ids.size(); ++i) {
        std::copy_n(want.tables[t].rows.begin() + static_cast<std::ptrdiff_t>(i * dim), dim,
                    expected.begin() + want.tables[t].ids[i] * static_cast<std::ptrdiff_t>(dim));
      }
      EXPECT_EQ(difference(std::span<const float>(got[t]), expected), "");
    }
  }
};

TEST_P(XlaHandlers, AnswerAsTheLayerDoes) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const Call call(random_case_of_known_length(seed));
    check_forward(call);
    if (!embeddings_of(call.layer).empty()) {
      const std::vector<float> gradient = random_gradient(call, seed);
      const Trained want(call, gradient);
      check_sparse(call, gradient, want);
      if (!backend().on_device()) check_dense(call, gradient, want);
    }
    if (HasFailure()) return;
  }
}

// A device does not make the steps of crosses: the packed batch has them.
TEST_P(XlaHandlers, AnswerOfCrossesAsTheLayerDoes) {
  int crosses = 0;
  for (std::uint64_t seed = 0; seed < 90; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    CaseLimits limits;
    limits.flat_numbers = false;
    Case c = random_case(rng, limits);
    const bool crossed = std::any_of(c.columns.begin(), c.columns.end(), [](const Column& column) {
      return features_of(column).size() > 1;
    });
    if (!crossed) continue;
    ++crosses;
    c.options.max_length = rng.between(1, 12);
    c.options.truncation = rng.pick({Truncation::keep_first, Truncation::keep_last});
    c.options.padding = Padding::max_length;
    const Call call(std::move(c));
    check_forward(call);
    const std::vector<float> gradient = random_gradient(call, seed);
    if (!embeddings_of(call.layer).empty()) check_sparse(call, gradient, Trained(call, gradient));
    if (HasFailure()) return;
  }
  EXPECT_GT(crosses, 15);
}

constexpr std::int64_t kBuckets = 17;
constexpr std::int64_t kDim = 5;
constexpr std::size_t kElements{kBuckets * kDim};

/// Two columns with tables of one shape and content.
Case twins(std::uint64_t seed, std::optional<double> max_norm) {
  Rng rng(seed);
  Case c;
  std::vector<std::int64_t> lengths{3, 0, 9, 5};
  for (const char* key : {"a", "b"}) {
    const auto column = sequence_categorical_column_with_hash_bucket(key, kBuckets);
    c.columns.emplace_back(embedding_column(column, kDim, {.max_norm = max_norm}));
    c.features[key] = random_feature(rng, DType::string, {}, lengths);
  }
  c.options = {.max_length = 9, .padding = Padding::max_length};
  std::vector<float> table(kElements);
  for (float& element : table) element = static_cast<float>(rng.between(-99, 99)) / 64.0F;
  c.tables["a_embedding"] = c.tables["b_embedding"] = table;
  return c;
}

// XLA puts equal arrays into one place, and tables into other places from call to call.
TEST_P(XlaHandlers, TablesMayStandAnywhere) {
  for (const std::optional<double> max_norm : {std::optional<double>(), std::optional(1.0)}) {
    const Call call(twins(3, max_norm));
    const std::vector<float> gradient = random_gradient(call, 4);
    const Trained want(call, gradient);
    check_sparse(call, gradient, want);
    check_forward(call);
    Case moved = twins(3, max_norm);
    for (float& element : moved.tables.at("b_embedding")) element *= 2;
    const Call other(moved);
    check_sparse(other, gradient, Trained(other, gradient));
    check_forward(other);

    // Both columns read the first table now; the layer that is asked directly has two.
    FakeXla fake = call.begin();
    const Buffer upstream = to_backend<float>(backend(), gradient);
    fake.argument(ElementType::float32, upstream.data(),
                  {call.capacity.rows, call.steps, 2 * kDim});
    std::vector<Buffer> results;
    for (int t = 0; t < 2; ++t) {
      fake.argument(ElementType::float32, call.tables[0].data(), {kBuckets, kDim});
      results.push_back(poisoned<std::int64_t>(kBuckets));
      fake.result(ElementType::uint32, results.back().data(), {kBuckets, 2});
      results.push_back(poisoned<float>(kElements));
      fake.result(ElementType::float32, results.back().data(), {kBuckets, kDim});
      results.push_back(poisoned<std::int64_t>(1));
      fake.result(ElementType::uint32, results.back().data(), {1, 2});
    }
    ASSERT_EQ(fake.call(sparse_gradient()), "");
    for (std::size_t t = 0; t < 2; ++t) {
      const auto count = to_host(backend(), results[3 * t + 2].as<std::int64_t>(), 1)[0];
      ASSERT_EQ(count, std::ssize(want.tables[t].ids)) << t;
      EXPECT_EQ(to_host(backend(), results[3 * t + 1].as<float>(), count * kDim),
                want.tables[t].rows);
    }
  }
}

TEST_P(XlaHandlers, SayWhatIsWrong) {
  const Call call(twins(5, std::nullopt));
  FakeXla fake = call.begin();
  EXPECT_TRUE(holds(fake.call(forward()), "3: ", "tables: got 0, expected 2"));
  fake.stage = 1;
  EXPECT_TRUE(holds(fake.call(forward()), "9: ", "a version that this library does not know"));
  if (!backend().on_device()) {
    // Zeros that are somewhere else than the result are no zeros of the result.
    std::vector<float> gradient(static_cast<std::size_t>(call.elements())), zeros(17 * 5),
        to(17 * 5);
    FakeXla apart = call.begin();
    apart.argument(ElementType::float32, gradient.data(),
                   {call.capacity.rows, call.steps, 2 * kDim});
    call.add_tables(apart);
    for (int t = 0; t < 2; ++t) {
      apart.argument(ElementType::float32, zeros.data(), {kBuckets, kDim});
      apart.result(ElementType::float32, to.data(), {kBuckets, kDim});
    }
    EXPECT_TRUE(holds(apart.call(&seqfeat_xla_gradient),
                      "result 0: expected it in the place of argument 4, which holds zeros"));
    return;
  }
  FakeXla lost = call.begin();
  lost.knows_its_stream = false;
  EXPECT_TRUE(holds(lost.call(forward()), "XLA did not say the stream of the call: it has none"));
  FakeXla old = call.begin();
  old.api.struct_size -= 8;
  EXPECT_TRUE(holds(old.call(forward()), "XLA is too old to say on which device"));
}

TEST_P(XlaHandlers, TellTheirVersion) {
  for (const auto& [theirs, ours] : {std::pair{0, 0}, {3, 3}, {9, 3}}) {
    const xla::Metadata metadata = FakeXla::metadata(forward(), theirs);
    EXPECT_EQ(metadata.version.major_version, 0);
    EXPECT_EQ(metadata.version.minor_version, ours);
    EXPECT_EQ(metadata.traits, 0U);
    EXPECT_EQ(metadata.state_type_id, theirs < 3 ? 77 : 0);  // older ones have no such member
  }
}

SEQFEAT_ON_EVERY_BACKEND(XlaHandlers);

}  // namespace
}  // namespace seqfeat::test
