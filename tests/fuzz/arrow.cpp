// SPDX-License-Identifier: Apache-2.0
// Arrow arrays from hostile bytes. The input chooses a type, then lengths, offsets, indices, views
// and bitmaps of up to three chunks; every buffer has the size that the array's own length and
// offset, or its last string offset, ask for, since that is all that the interface cannot say.

#include "seqfeat/arrow.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/arrow/made_array.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace seqfeat;
using fuzz::promise;
using test::MadeArray;

/// The bytes of the input, and zeros behind them.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t next() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  bool once_in(int n) { return next() % n == n - 1; }
  template <class T, std::size_t N>
  const T& pick(const std::array<T, N>& choices) {
    return choices[next() % N];
  }

 private:
  std::string_view bytes_;
};

constexpr std::int64_t kMost = 24;  // elements of an array, so that lists of lists stay small

/// A length or offset: mostly one that can be, or else one that is refused.
std::int64_t size_in(Bytes& in) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  constexpr std::array<std::int64_t, 4> kWrong = {-1, kLargest, -kLargest - 1, kLargest / 4};
  const std::uint8_t byte = in.next();
  return byte >= 252 ? kWrong[byte - 252U] : byte % kMost;
}

constexpr std::array<const char*, 6> kLists = {"+l", "+L", "+vl", "+vL", "+w:2", "+w:0"};
constexpr std::array<const char*, 20> kTokens = {"u", "z",   "U",   "Z", "vu", "vz", "c",
                                                 "C", "s",   "S",   "i", "I",  "l",  "L",
                                                 "n", "w:3", "w:0", "g", "b",  "x"};
constexpr std::array<const char*, 9> kIndices = {"c", "C", "s", "S", "i", "I", "l", "L", "u"};

/// A type without data.
MadeArray type_in(Bytes& in, int lists) {
  MadeArray type;
  type.name = "a";
  if (lists > 0) {
    type.format = in.pick(kLists);
    type.children.push_back(type_in(in, lists - 1));
  } else if (in.once_in(4)) {
    type.format = in.pick(kIndices);
    type.dictionary.push_back(type_in(in, in.once_in(20) ? 1 : 0));
  } else {
    type.format = in.pick(kTokens);
  }
  return type;
}

/// Offsets, sizes or indices; the extremes where `wide`.
template <class T>
MadeArray::Buffer numbers_in(Bytes& in, std::int64_t count, std::int64_t* largest = nullptr) {
  std::vector<T> numbers;
  std::int64_t last = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t byte = in.next();
    // Mostly a little more than the number before, so that many are in order.
    std::int64_t number = byte < 200 ? last + byte % 4 : static_cast<std::int8_t>(byte);
    if (sizeof(T) == 8 && byte >= 254) {
      number = byte == 255 ? std::numeric_limits<std::int64_t>::min()
                           : std::numeric_limits<std::int64_t>::max();
    } else if (largest != nullptr) {
      *largest = std::max(*largest, number);
    }
    numbers.push_back(static_cast<T>(number));
    last = number > 1000 || number < 0 ? 0 : number;
  }
  return test::buffer_of(numbers);
}

MadeArray::Buffer bytes_in(Bytes& in, std::int64_t count) {
  std::string bytes;
  for (std::int64_t i = 0; i < count; ++i) bytes += static_cast<char>(in.next());
  return test::buffer_of(bytes);
}

MadeArray::Buffer either_in(Bytes& in, bool wide, std::int64_t count,
                            std::int64_t* largest = nullptr) {
  return wide ? numbers_in<std::int64_t>(in, count, largest)
              : numbers_in<std::int32_t>(in, count, largest);
}

void add_views(Bytes& in, MadeArray& made, std::int64_t count) {
  const int buffers = in.next() % 3;
  std::vector<std::int32_t> views;
  for (std::int64_t i = 0; i < count; ++i) {
    views.push_back(static_cast<std::int8_t>(in.next()) / 4);
    views.push_back(in.next());
    views.push_back(in.next() % 4 - (in.once_in(100) ? 4 : 0));
    views.push_back(static_cast<std::int8_t>(in.next()) / 4);
  }
  made.buffers.push_back(test::buffer_of(views));
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < buffers; ++i) {
    constexpr std::array<std::int64_t, 4> kLies = {-1, std::numeric_limits<std::int64_t>::min(), 0,
                                                   13};
    const std::int64_t size = 13 + in.next() % 40;
    made.buffers.push_back(bytes_in(in, size));
    sizes.push_back(in.once_in(20) ? in.pick(kLies) : size);
  }
  made.buffers.push_back(test::buffer_of(sizes));
}

MadeArray array_in(Bytes& in, const MadeArray& type);

/// The buffers of `count` elements, behind the bitmap.
void add_buffers(Bytes& in, MadeArray& made, std::int64_t count) {
  const std::string& format = made.format;
  const bool wide = format == "+L" || format == "+vL" || format == "U" || format == "Z";
  if (format == "+vl" || format == "+vL") {
    made.buffers.push_back(either_in(in, wide, count));
    made.buffers.push_back(either_in(in, wide, count));
  } else if (format == "+l" || format == "+L") {
    made.buffers.push_back(either_in(in, wide, count + 1));
  } else if (format == "vu" || format == "vz") {
    add_views(in, made, count);
  } else if (format == "u" || format == "z" || wide) {
    std::int64_t bytes = 0;
    made.buffers.push_back(either_in(in, wide, count + 1, &bytes));
    made.buffers.push_back(bytes_in(in, bytes));
  } else if (format == "w:3") {
    made.buffers.push_back(bytes_in(in, 3 * count));
  } else if (format == "w:0") {
    made.buffers.push_back(bytes_in(in, 0));
  } else if (format != "+s" && !format.starts_with("+w")) {
    switch (format.front()) {
      case 's':
      case 'S':
        made.buffers.push_back(numbers_in<std::int16_t>(in, count));
        break;
      case 'i':
      case 'I':
        made.buffers.push_back(numbers_in<std::int32_t>(in, count));
        break;
      case 'l':
      case 'L':
        made.buffers.push_back(numbers_in<std::int64_t>(in, count));
        break;
      default:
        made.buffers.push_back(numbers_in<std::int8_t>(in, count));
    }
  }
}

/// An array of `type` with data.
MadeArray array_in(Bytes& in, const MadeArray& type) {
  MadeArray made{.format = type.format, .name = type.name};
  made.length = size_in(in);
  made.offset = in.once_in(2) ? size_in(in) : 0;
  made.null_count = in.once_in(3) ? static_cast<std::int8_t>(in.next()) : -1;
  const bool possible =
      made.length >= 0 && made.length < kMost && made.offset >= 0 && made.offset < kMost;
  const std::int64_t count = possible ? made.length + made.offset : 0;
  if (type.format != "n") {
    made.buffers.emplace_back();
    if (in.once_in(2)) made.buffers[0] = bytes_in(in, (count + 7) / 8);
    add_buffers(in, made, count);
  }
  if (in.once_in(30) && !made.buffers.empty()) {
    made.buffers[in.next() % made.buffers.size()].reset();
  }
  if (in.once_in(30)) {
    made.n_buffers = in.next() % 6 - 1;
    while (std::ssize(made.buffers) < *made.n_buffers) made.buffers.emplace_back();
  }
  for (const MadeArray& child : type.children) made.children.push_back(array_in(in, child));
  for (const MadeArray& entries : type.dictionary) made.dictionary.push_back(array_in(in, entries));
  if (in.once_in(60)) made.n_children = std::ssize(made.children) - 1;
  if (in.once_in(60)) made.dictionary.clear();
  return made;
}

/// The tokens of `dictionary`'s indices as a batch of their own.
Ragged decoded(const ArrowDictionary& dictionary) {
  const RaggedView& view = dictionary.indices.view;
  const RaggedView& entries = dictionary.entries.view;
  Ragged batch(entries.dtype);
  for (std::int64_t r = 0; r < view.rows(); ++r) {
    for (std::int64_t s = view.row_offsets[r]; s < view.row_offsets[r + 1]; ++s) {
      for (std::int64_t i = view.first_value(s); i < view.first_value(s + 1); ++i) {
        const std::int64_t entry = fuzz::integer_at(view, i);
        promise(entry >= 0 && entry < entries.value_count, "an index is one of an entry");
        if (!is_integer(entries.dtype)) {
          batch.add_value(fuzz::string_at(entries, entry));
        } else if (entries.dtype == DType::uint64) {
          batch.add_value(static_cast<std::uint64_t>(fuzz::integer_at(entries, entry)));
        } else {
          batch.add_value(fuzz::integer_at(entries, entry));
        }
      }
      batch.end_step();
    }
    batch.end_row();
  }
  return batch;
}

/// All of a batch as text, after its offsets were checked.
std::string dump(RaggedView view) {
  view.trusted = false;
  validate(view, "batch");
  return fuzz::dump(view);
}

void read_column(const ArrowTable& table, std::string_view key) {
  const ArrowColumn column = table.column(key, DType::int32);
  promise(column.view.rows() == table.rows(), "every row is there");
  promise(column.view.trusted, "offsets were checked");
  const std::string content = dump(column.view);
  if (const auto dictionary = table.dictionary(key)) {
    if (column.view.dtype == dictionary->entries.view.dtype) {  // not of a dictionary of nulls
      promise(dump(decoded(*dictionary).view()) == content, "a dictionary is decoded");
    }
  }
  ArrowSchema schema{};
  ArrowArray array{};
  export_arrow(column.view, column.memory, &schema, &array);
  promise(dump(ArrowTable(&schema, &array).column(key).view) == content, "exports are read back");
}

void read_table(Bytes& in, std::size_t size) {
  MadeArray type = type_in(in, in.next() % 4);
  if (in.once_in(3)) {
    MadeArray table;
    table.format = "+s";
    table.children.push_back(std::move(type));
    if (in.once_in(2)) {
      table.children.push_back(type_in(in, in.next() % 2));
      table.children.back().name = in.once_in(10) ? "a" : "b";
    }
    type = std::move(table);
  }
  ArrowSchema schema = test::schema_of(type);
  std::vector<ArrowArray> chunks;
  for (int n = in.next() % 4; n > 0; --n) chunks.push_back(test::array_of(array_in(in, type)));
  try {
    const ArrowTable table(&schema, chunks);
    if (!table.has_keys()) return read_column(table, "a");
    for (const std::string& key : table.keys()) read_column(table, key);
  } catch (const DataError& refusal) {
    fuzz::promise_short(refusal, size);
  } catch (const InvalidArgument& refusal) {
    fuzz::promise_short(refusal, size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes in({reinterpret_cast<const char*>(data), size});
  read_table(in, size);
  promise(test::live_structs() == 0, "every struct is released");
  return 0;
}
