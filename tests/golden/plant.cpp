// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/plant.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/golden/decode.hpp"

namespace seqfeat::golden {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What carries one fact of the answer: a string or a number, and the key under which it stands.
struct Leaf {
  Json* json;
  std::string key;
};

/// Any NaN equals any NaN, so that a bit in one may go unnoticed.
bool holds_nan(const Json& tensor, const Json& tensors) {
  const std::vector<float> floats = tensor_from(tensor, tensors).floats;
  return std::any_of(floats.begin(), floats.end(), [](float f) { return std::isnan(f); });
}

void collect(Json& json, const std::string& key, const Json& tensors, std::vector<Leaf>& leaves) {
  if (key == "list" || key == "input") return;    // Commentary.
  if (key == "kinds" && json.size() > 1) return;  // Any of them will do.
  if (json.is_object() && json.contains("data_b64") && holds_nan(json, tensors)) return;
  if (json.is_object()) {
    for (const auto& [name, child] : json.items()) collect(child, name, tensors, leaves);
  } else if (json.is_array()) {
    for (Json& child : json) collect(child, key, tensors, leaves);
  } else if (json.is_string() || json.is_number_integer()) {
    leaves.push_back({&json, key});
  }
}

/// Flips one bit of base64's character `i`.
void flip_base64(std::string& text, std::size_t i, std::size_t bit) {
  text[i] = kAlphabet[kAlphabet.find(text[i]) ^ bit];
}

void change(const Leaf& leaf, std::mt19937_64& random) {
  if (leaf.json->is_number_integer()) {
    *leaf.json = leaf.json->get<std::int64_t>() ^ 1;
    return;
  }
  auto& text = leaf.json->get_ref<std::string&>();
  const bool base64 = leaf.key.size() > 4 && leaf.key.substr(leaf.key.size() - 4) == "_b64";
  if (base64 && !text.empty()) {
    // Not the last character before the padding: its low bits mean nothing.
    const std::size_t last = std::min(text.find('='), text.size()) - 1;
    flip_base64(text, random() % last, 1);
  } else if (base64) {
    text = "AA==";
  } else if (leaf.key != "names" && !text.empty() && text.back() >= '0' && text.back() <= '9') {
    text.back() = static_cast<char>(text.back() ^ 1);
  } else {
    text += '~';  // Also of a number that an error names: another one may be in the message, too.
  }
}

/// What was decoded of a broken compressed stream before it broke is nobody's promise.
bool records_are_free(const Json& json, const Json& answer) {
  return json.at("kind") == "tfrecord" && json.at("compression") != "" && answer.contains("error");
}

}  // namespace

bool plant_fault(Json& json, const Json& tensors, std::mt19937_64& random) {
  Json& answer = json.contains("ours") ? json["ours"] : json["expect"];
  std::vector<Leaf> leaves;
  for (const auto& [key, child] : answer.items()) {
    if (key == "records_b64" && records_are_free(json, answer)) continue;
    collect(child, key, tensors, leaves);
  }
  if (leaves.empty()) return false;
  change(leaves[random() % leaves.size()], random);
  return true;
}

bool plant_rnn_fault(Json& json) {
  if (!json.contains("rnn")) return false;
  Json& rnn = json["rnn"].is_array() ? json["rnn"].front() : json["rnn"];
  auto& text = rnn["expect"]["outputs_sequence"]["data_b64"].get_ref<std::string&>();
  if (text.size() < 8) return false;
  flip_base64(text, 4, 16);  // The highest bit of the first float's exponent.
  return true;
}

}  // namespace seqfeat::golden
