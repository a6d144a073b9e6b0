// SPDX-License-Identifier: Apache-2.0
#include "tests/arrow/random_array.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <span>
#include <utility>

namespace seqfeat::test {
namespace {

constexpr std::int64_t kWidth = 3;  // of everything that has a fixed size
using Elements = std::vector<Element>;
using Formats = std::span<const std::string>;

DType dtype_of(const std::string& format) {
  const auto at = std::string("csilCSIL").find(format);
  return at == std::string::npos ? DType::string
                                 : static_cast<DType>(static_cast<std::size_t>(DType::int8) + at);
}

std::string random_token(Rng& rng, const std::string& format) {
  const DType dtype = dtype_of(format);
  if (!is_integer(dtype)) {
    return rng.bytes(format.starts_with("w:") ? kWidth
                                              : rng.pick<std::int64_t>({0, 1, 5, 12, 13, 30}));
  }
  const std::uint64_t bits = rng.bits() >> (64 - 8 * size_of(dtype));
  if (dtype == DType::uint64) return std::to_string(bits);
  return std::to_string(integer_at(&bits, dtype, 0));
}

/// A token of the column. Those of a dictionary are few.
std::string random_token(Rng& rng, const ColumnFormat& format) {
  constexpr std::int64_t kEntries = 20;
  if (format.index.empty()) return random_token(rng, format.token);
  Rng of_entry(static_cast<std::uint64_t>(rng.between(1, kEntries)));
  return random_token(of_entry, format.token);
}

Element random_element(Rng& rng, const ColumnFormat& format, std::size_t level) {
  Element element;
  element.null = format.nulls && rng.once_in(5);
  if (level == format.lists.size()) {
    element.null = element.null || format.token == "n";
    element.token = random_token(rng, format);
    return element;
  }
  const bool fixed = format.lists[level].starts_with("+w");
  for (std::int64_t n = fixed ? kWidth : rng.pick<std::int64_t>({0, 1, 1, 2, 7}); n > 0; --n) {
    element.list.push_back(random_element(rng, format, level + 1));
  }
  return element;
}

/// Lays out levels. Without a generator, plainly.
class Layout {
 public:
  Layout(Rng* rng, const ColumnFormat& format) : rng_(rng), format_(format) {}

  MadeArray array(const Elements& elements, std::size_t level) {
    const std::int64_t before = some();
    Elements all = strangers(before, level);
    all.insert(all.end(), elements.begin(), elements.end());
    const Elements behind = strangers(some(), level);
    all.insert(all.end(), behind.begin(), behind.end());

    MadeArray made = level < format_.lists.size() ? lists(all, level)
                     : format_.index.empty()      ? tokens(all, format_.token)
                                                  : encoded(all);
    made.offset = before;
    made.length = static_cast<std::int64_t>(elements.size());
    const auto first = all.begin() + before;
    const auto nulls =
        std::count_if(first, first + made.length, [](const Element& e) { return e.null; });
    made.null_count = rng_ != nullptr && rng_->once_in(2) ? -1 : nulls;
    if (made.buffers.empty()) return made;
    if (nulls > 0 || (rng_ != nullptr && rng_->once_in(2))) {
      std::string bits;
      for (const Element& element : all) bits += element.null ? '0' : '1';
      made.buffers[0] = bitmap_of(bits);
    }
    return made;
  }

 private:
  /// Some elements that do not matter; at times so many that bitmaps have words before them.
  [[nodiscard]] std::int64_t some() {
    if (rng_ == nullptr) return 0;
    return rng_->once_in(15) ? 70 : rng_->pick({0, 0, 1, 3});
  }
  Elements strangers(std::int64_t count, std::size_t level) {
    Elements elements;
    for (; count > 0; --count) elements.push_back(random_element(*rng_, format_, level));
    return elements;
  }

  MadeArray lists(const Elements& all, std::size_t level) {
    const std::string& format = format_.lists[level];
    MadeArray made{.format = format, .buffers = {std::nullopt}};
    Elements children;
    const auto add = [&](const Element& element) {
      // The slot of a null may have elements all the same.
      if (element.null && rng_ == nullptr && !format.starts_with("+w")) return;
      children.insert(children.end(), element.list.begin(), element.list.end());
    };
    const auto count = [&] { return static_cast<std::int64_t>(children.size()); };
    if (format.starts_with("+w")) {
      std::for_each(all.begin(), all.end(), add);
    } else if (format.starts_with("+v")) {
      std::vector<std::int64_t> begins(all.size());
      std::vector<std::int64_t> sizes(all.size());
      std::vector<std::size_t> order(all.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      for (std::size_t i = order.size(); rng_ != nullptr && i > 1; --i) {
        std::swap(
            order[i - 1],
            order[static_cast<std::size_t>(rng_->between(0, static_cast<std::int64_t>(i) - 1))]);
      }
      for (const std::size_t i : order) {
        add_strangers(children, level + 1);
        begins[i] = count();
        add(all[i]);
        sizes[i] = count() - begins[i];
      }
      made.buffers.push_back(narrowed(begins, format == "+vL"));
      made.buffers.push_back(narrowed(sizes, format == "+vL"));
    } else {
      add_strangers(children, level + 1);
      std::vector<std::int64_t> offsets{count()};
      for (const Element& element : all) {
        add(element);
        offsets.push_back(count());
      }
      made.buffers.push_back(narrowed(offsets, format == "+L"));
    }
    add_strangers(children, level + 1);
    made.children.push_back(array(children, level + 1));
    made.children.back().name = "item";
    return made;
  }
  void add_strangers(Elements& children, std::size_t level) {
    const Elements more = strangers(some(), level);
    children.insert(children.end(), more.begin(), more.end());
  }
  static MadeArray::Buffer narrowed(const std::vector<std::int64_t>& numbers, bool wide) {
    if (wide) return buffer_of(numbers);
    return buffer_of(std::vector<std::int32_t>(numbers.begin(), numbers.end()));
  }

  MadeArray tokens(const Elements& all, const std::string& format) {
    MadeArray made{.format = format};
    if (format == "n") return made;
    made.buffers.emplace_back();
    if (format.starts_with("v")) {
      add_views(made, all);
    } else if (format.starts_with("w:")) {
      std::string bytes;
      for (const Element& element : all) bytes += element.token;
      made.buffers.push_back(buffer_of(bytes));
    } else if (is_integer(dtype_of(format))) {
      made.buffers.push_back(integers(all, dtype_of(format)));
    } else {
      std::string bytes = rng_ == nullptr ? "" : rng_->bytes(some());
      std::vector<std::int64_t> offsets{static_cast<std::int64_t>(bytes.size())};
      for (const Element& element : all) {
        if (!element.null || rng_ != nullptr) bytes += element.token;
        offsets.push_back(static_cast<std::int64_t>(bytes.size()));
      }
      made.buffers.push_back(narrowed(offsets, format == "U" || format == "Z"));
      made.buffers.push_back(buffer_of(bytes));
    }
    return made;
  }
  static MadeArray::Buffer integers(const Elements& all, DType dtype) {
    const auto size = static_cast<std::size_t>(size_of(dtype));
    std::vector<std::byte> bytes;
    for (const Element& element : all) {
      const std::uint64_t value = dtype == DType::uint64
                                      ? std::stoull(element.token)
                                      : static_cast<std::uint64_t>(std::stoll(element.token));
      const auto* first = reinterpret_cast<const std::byte*>(&value);  // little endian
      bytes.insert(bytes.end(), first, first + size);
    }
    return bytes;
  }
  void add_views(MadeArray& made, const Elements& all) {
    std::vector<std::string> data(rng_ == nullptr ? 1 : 3);
    std::vector<std::int32_t> views;
    for (const Element& element : all) {
      const auto size = static_cast<std::int32_t>(element.token.size());
      std::array<std::int32_t, 3> rest{};
      std::memcpy(rest.data(), element.token.data(),
                  std::min<std::size_t>(element.token.size(), 12));
      if (size > 12) {
        const std::int64_t buffer = rng_ == nullptr ? 0 : rng_->between(0, 2);
        std::string& bytes = data[static_cast<std::size_t>(buffer)];
        rest[1] = static_cast<std::int32_t>(buffer);
        rest[2] = static_cast<std::int32_t>(bytes.size());
        bytes += element.token;
      }
      views.push_back(size);
      views.insert(views.end(), rest.begin(), rest.end());
    }
    made.buffers.push_back(buffer_of(views));
    std::vector<std::int64_t> sizes;
    for (const std::string& bytes : data) {
      made.buffers.push_back(buffer_of(bytes));
      sizes.push_back(static_cast<std::int64_t>(bytes.size()));
    }
    made.buffers.push_back(buffer_of(sizes));
  }

  /// Of a null element, the index is null or the entry is. Marks those that have a null index.
  MadeArray encoded(Elements& all) {
    Elements entries = strangers(std::min<std::int64_t>(some(), 3), format_.lists.size());
    Elements indices;
    for (Element& element : all) {
      const bool null_entry = element.null && rng_ != nullptr && rng_->once_in(2);
      const auto same = [&](const Element& entry) {
        return entry.null == null_entry && (null_entry || entry.token == element.token);
      };
      auto entry = std::find_if(entries.begin(), entries.end(), same);
      if (entry == entries.end()) {
        entry = entries.insert(entries.end(), {.null = null_entry, .token = element.token});
      }
      element.null = element.null && !null_entry;
      indices.push_back({.token = std::to_string(std::distance(entries.begin(), entry))});
    }
    MadeArray made = tokens(indices, format_.index);
    const ColumnFormat plain{.token = format_.token, .nulls = format_.nulls};
    made.dictionary.push_back(Layout(rng_, plain).array(entries, 0));
    return made;
  }

  Rng* rng_;
  const ColumnFormat& format_;
};

std::vector<std::string> tokens_of(const Elements& elements) {
  std::vector<std::string> tokens;
  for (const Element& element : elements) {
    if (!element.null) tokens.push_back(element.token);
  }
  return tokens;
}

}  // namespace

DType ColumnFormat::dtype() const {
  return dtype_of(token);
}

std::string ColumnFormat::text() const {
  std::string text;
  for (const std::string& list : lists) text += list + " ";
  return text + (index.empty() ? "" : index + " -> ") + token;
}

ColumnFormat random_format(Rng& rng) {
  ColumnFormat format;
  format.nulls = rng.once_in(2);
  for (std::int64_t n = rng.between(0, 2); n > 0; --n) {
    format.lists.push_back(rng.pick({"+l", "+L", "+vl", "+vL", "+w:3"}));
  }
  format.token = rng.pick(
      {"u", "U", "z", "Z", "vu", "vz", "w:3", "c", "C", "s", "S", "i", "I", "l", "L", "n"});
  if (format.token != "n" && rng.once_in(3)) {
    format.index = rng.pick({"c", "C", "s", "S", "i", "I", "l", "L"});
  }
  return format;
}

Elements random_rows(Rng& rng, const ColumnFormat& format, std::int64_t rows) {
  Elements elements;
  for (; rows > 0; --rows) elements.push_back(random_element(rng, format, 0));
  return elements;
}

Rows meaning_of(const Elements& rows, const ColumnFormat& format) {
  Rows meaning;
  for (const Element& row : rows) {
    auto& steps = meaning.emplace_back();
    if (row.null) continue;
    if (format.lists.empty()) {
      steps.push_back({row.token});
      continue;
    }
    for (const Element& step : row.list) {
      const bool nested = format.lists.size() == 2 && !step.null;
      steps.push_back(tokens_of(nested ? step.list : Elements{step}));
    }
  }
  return meaning;
}

MadeArray random_array(Rng& rng, const Elements& rows, const ColumnFormat& format) {
  return Layout(&rng, format).array(rows, 0);
}

MadeArray plain_array(const Elements& rows, const ColumnFormat& format) {
  return Layout(nullptr, format).array(rows, 0);
}

}  // namespace seqfeat::test
