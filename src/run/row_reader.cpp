// SPDX-License-Identifier: Apache-2.0
#include "run/row_reader.hpp"

#include "backend/concat.hpp"

namespace seqfeat::run {

std::string RowReader::place(std::size_t file, std::int64_t number) const {
  const std::string& name = input_.files[file].name;
  return detail::concat(name == "-" ? "standard input" : name, ":", number);
}

std::optional<std::string_view> RowReader::next() {
  for (; file_ < input_.files.size(); ++file_) {
    if (!records_ && !lines_) open();
    if (const auto row = next_in_file()) {
      ++number_;
      bytes_ += static_cast<std::int64_t>(row->size());
      return row;
    }
    records_.reset();
    lines_.reset();
  }
  return std::nullopt;
}

void RowReader::open() {
  const std::string& name = input_.files[file_].name;
  if (holds_records(input_.format)) {
    number_ = -1;
    records_.emplace(name);
  } else {
    number_ = 0;
    lines_.emplace(ByteSource(name));
  }
}

std::optional<std::string_view> RowReader::next_in_file() {
  if (records_) return records_->next();
  const std::int64_t begin = lines_->offset();
  auto line = lines_->next();
  // A \r belongs to the line's end only where a \n follows: then more was used than the line.
  if (line && line->ends_with('\r') &&
      lines_->offset() - begin > static_cast<std::int64_t>(line->size())) {
    line->remove_suffix(1);
  }
  return line;
}

}  // namespace seqfeat::run
