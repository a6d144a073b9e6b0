// SPDX-License-Identifier: Apache-2.0
#include "ptx/written.hpp"

#include <algorithm>
#include <utility>

namespace ptx {
namespace {

constexpr std::size_t kWord = 64;

/// Calls `use(word, mask)` for the words of a page that hold the bytes [first, last) of it, until
/// it returns true.
template <class Use>
bool any_word(std::size_t first, std::size_t last, Use use) {
  while (first < last) {
    const std::size_t word = first / kWord;
    const std::size_t end = std::min(last, (word + 1) * kWord);
    const std::size_t bits = end - first;
    const std::uint64_t ones = bits == kWord ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    if (use(word, ones << first % kWord)) {
      return true;
    }
    first = end;
  }
  return false;
}

/// Calls `use(page, first, last)` for the pages that hold [address, address + size).
template <class Use>
bool any_page(Address address, std::size_t size, std::size_t page, Use use) {
  while (size > 0) {
    const std::size_t first = address % page;
    const std::size_t part = std::min(size, page - first);
    if (use(address / page, first, first + part)) {
      return true;
    }
    address += part;
    size -= part;
  }
  return false;
}

}  // namespace

void Written::add(Address address, std::size_t size) {
  any_page(address, size, kPage, [&](Address number, std::size_t first, std::size_t last) {
    if (recent_.page == nullptr || recent_.number != number) {
      recent_.number = number;
      recent_.page = &pages_[number];
    }
    Page& page = *recent_.page;
    return any_word(first, last, [&](std::size_t word, std::uint64_t mask) {
      page[word] |= mask;
      return false;
    });
  });
}

void Written::add(const Written& other) {
  for (const auto& [number, page] : other.pages_) {
    Page& mine = pages_[number];
    for (std::size_t word = 0; word < page.size(); ++word) {
      mine[word] |= page[word];
    }
  }
}

bool Written::overlaps(Address address, std::size_t size) const {
  return any_page(address, size, kPage, [&](Address number, std::size_t first, std::size_t last) {
    const auto found = pages_.find(number);
    return found != pages_.end() &&
           any_word(first, last, [&](std::size_t word, std::uint64_t mask) {
             return (found->second[word] & mask) != 0;
           });
  });
}

Pending Pending::after(Written written, bool waited) && {
  if (waited) {
    until_wait.add(written);
  } else {
    throughout.add(until_wait);
    until_wait = std::move(written);
  }
  return std::move(*this);
}

}  // namespace ptx
