// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include "seqfeat/optimizer.hpp"
#include "spec/json_object.hpp"
#include "spec/json_text.hpp"
#include "spec/near_names.hpp"

// Optimizers as JSON. The settings of each stand once, in a list that reading and writing share.

namespace seqfeat {
namespace {

/// The words of the alternatives of Optimizer::Settings, in their order.
constexpr std::array<std::string_view, 5> kTypes{"sgd", "adagrad", "rowwise_adagrad", "adam",
                                                 "ftrl"};
static_assert(kTypes.size() == std::variant_size_v<Optimizer::Settings>);

// Calls `use(key, setting)` for each setting, in the order of the canonical text.

template <class Use>
void for_each_own(Sgd& s, const Use& use) {
  use("weight_decay", s.weight_decay);
}
template <class Use>
void for_each_own(Adagrad& s, const Use& use) {
  use("epsilon", s.epsilon);
  use("initial_accumulator_value", s.initial_accumulator_value);
  use("epsilon_in_root", s.epsilon_in_root);
}
template <class Use>
void for_each_own(RowwiseAdagrad& s, const Use& use) {
  use("epsilon", s.epsilon);
}
template <class Use>
void for_each_own(Adam& s, const Use& use) {
  use("beta_1", s.beta_1);
  use("beta_2", s.beta_2);
  use("epsilon", s.epsilon);
  use("weight_decay", s.weight_decay);
}
template <class Use>
void for_each_own(Ftrl& s, const Use& use) {
  use("initial_accumulator_value", s.initial_accumulator_value);
  use("l1", s.l1);
  use("l2", s.l2);
  use("beta", s.beta);
  use("lr_power", s.lr_power);
}
template <class Settings, class Use>
void for_each_setting(Settings& s, const Use& use) {
  use("learning_rate", s.learning_rate);
  for_each_own(s, use);
  use("stochastic_rounding", s.stochastic_rounding);
}

struct Reader {
  const JsonObject& object;

  template <class T>
  void operator()(std::string_view key, T& to) const {
    object.read(key, to);
  }
  void operator()(std::string_view key, std::optional<std::uint64_t>& to) const {
    if (object.find_unless_null(key) == nullptr) return;
    object.read(key, to.emplace());
  }
};

std::string text_of(double value) {
  return json_number(value);
}
std::string text_of(bool value) {
  return value ? "true" : "false";
}
std::string text_of(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : "null";
}

template <class Settings>
Optimizer read(const JsonValue& value, Settings settings) {
  std::vector<std::string_view> known{"type"};
  for_each_setting(settings, [&](std::string_view key, const auto&) { known.push_back(key); });
  const JsonObject object(value, "", known);
  for_each_setting(settings, Reader{object});
  return made_at("", [&] { return Optimizer(settings); });
}

/// Reads the settings of the type whose word is kTypes[`index`].
template <std::size_t... kIndex>
Optimizer read_type(const JsonValue& value, std::size_t index,
                    std::index_sequence<kIndex...> /*all*/) {
  using Read = Optimizer (*)(const JsonValue&);
  constexpr std::array<Read, sizeof...(kIndex)> kReaders{[](const JsonValue& v) {
    return read(v, std::variant_alternative_t<kIndex, Optimizer::Settings>{});
  }...};
  return kReaders.at(index)(value);
}

}  // namespace

Optimizer parse_optimizer(std::string_view json) {
  const JsonValue value = parse_json(json);
  const std::string& type = json_type_of(value, "");
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (type == kTypes.at(i)) {
      return read_type(value, i, std::make_index_sequence<kTypes.size()>());
    }
  }
  const std::vector<std::string_view> known(kTypes.begin(), kTypes.end());
  throw InvalidArgument(json_complaint("/type", "type: unknown optimizer '" + shortened(type) +
                                                    "', expected " + alternatives(known)));
}

std::string to_json(const Optimizer& optimizer) {
  std::string out = R"({"type": ")" + std::string(kTypes.at(optimizer.settings().index())) + '"';
  Optimizer::Settings settings = optimizer.settings();
  std::visit(
      [&](auto& s) {
        for_each_setting(s, [&](std::string_view key, const auto& value) {
          out += R"(, ")" + std::string(key) + R"(": )" + text_of(value);
        });
      },
      settings);
  return out + '}';
}

}  // namespace seqfeat
