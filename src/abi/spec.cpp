// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"

using seqfeat::abi::guarded;
using seqfeat::abi::require;

seqfeat_status seqfeat_spec_from_json(const char* json, size_t size, seqfeat_spec** out) {
  return guarded([&] {
    require(json, "json");
    require(out, "out");
    seqfeat::Spec spec = seqfeat::parse_spec(std::string_view(json, size));
    const seqfeat::ParseSpec features = seqfeat::make_parse_example_spec(spec.columns);
    std::string text = seqfeat::to_json(spec);
    *out = new seqfeat_spec{std::move(spec), std::move(text), {features.begin(), features.end()}};
  });
}

void seqfeat_spec_free(seqfeat_spec* spec) {
  delete spec;
}

const char* seqfeat_spec_json(const seqfeat_spec* spec, size_t* size) {
  if (size != nullptr) *size = spec->json.size();
  return spec->json.c_str();
}

int64_t seqfeat_spec_feature_count(const seqfeat_spec* spec) {
  return static_cast<int64_t>(spec->features.size());
}

const char* seqfeat_spec_feature_key(const seqfeat_spec* spec, int64_t index) {
  return spec->features[static_cast<std::size_t>(index)].first.c_str();
}

seqfeat_dtype seqfeat_spec_feature_dtype(const seqfeat_spec* spec, int64_t index) {
  return seqfeat::abi::from_dtype(spec->features[static_cast<std::size_t>(index)].second);
}

seqfeat_status seqfeat_column_check(const char* json, size_t size) {
  return guarded([&] {
    require(json, "json");
    static_cast<void>(seqfeat::parse_column(std::string_view(json, size)));
  });
}
