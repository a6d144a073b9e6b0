// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/optimizer.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

// What settings are allowed, and what becomes of them in one step.

namespace seqfeat {
namespace {

using detail::concat;

void check_at_least_zero(std::string_view setting, double value) {
  if (std::isfinite(value) && value >= 0.0) return;
  throw InvalidArgument(concat(setting, ": must be finite and >= 0, got ", value));
}

void check_beta(std::string_view setting, double value) {
  if (value >= 0.0 && value < 1.0) return;
  throw InvalidArgument(concat(setting, ": must be in [0, 1), got ", value));
}

void check(const Sgd& s) {
  check_at_least_zero("weight_decay", s.weight_decay);
}
void check(const Adagrad& s) {
  check_at_least_zero("epsilon", s.epsilon);
  check_at_least_zero("initial_accumulator_value", s.initial_accumulator_value);
}
void check(const RowwiseAdagrad& s) {
  check_at_least_zero("epsilon", s.epsilon);
}
void check(const Adam& s) {
  check_beta("beta_1", s.beta_1);
  check_beta("beta_2", s.beta_2);
  check_at_least_zero("epsilon", s.epsilon);
  check_at_least_zero("weight_decay", s.weight_decay);
}
void check(const Ftrl& s) {
  check_at_least_zero("initial_accumulator_value", s.initial_accumulator_value);
  check_at_least_zero("l1", s.l1);
  check_at_least_zero("l2", s.l2);
  check_at_least_zero("beta", s.beta);
  if (s.lr_power == -0.5) return;
  throw InvalidArgument(concat("lr_power: must be -0.5, got ", s.lr_power,
                               "; other powers are rounded differently from machine to machine"));
}

float rounded(double value) noexcept {
  return static_cast<float>(value);
}

void set(const Sgd& s, double /*learning_rate*/, double /*step*/, UpdateScalars& out) noexcept {
  out.weight_decay = rounded(s.weight_decay);
  out.decays = s.weight_decay != 0.0;
}
void set(const Adagrad& s, double /*learning_rate*/, double /*step*/, UpdateScalars& out) noexcept {
  out.epsilon = rounded(s.epsilon);
  out.epsilon_in_root = s.epsilon_in_root;
}
void set(const RowwiseAdagrad& s, double /*learning_rate*/, double /*step*/,
         UpdateScalars& out) noexcept {
  out.epsilon = rounded(s.epsilon);
}
void set(const Adam& s, double learning_rate, double step, UpdateScalars& out) noexcept {
  out.beta_1 = rounded(s.beta_1);
  out.beta_2 = rounded(s.beta_2);
  out.rest_1 = rounded(1.0 - s.beta_1);
  out.rest_2 = rounded(1.0 - s.beta_2);
  out.epsilon = rounded(s.epsilon);
  out.alpha = rounded(learning_rate * std::sqrt(1.0 - std::pow(s.beta_2, step)) /
                      (1.0 - std::pow(s.beta_1, step)));
  out.decay = rounded(1.0 - learning_rate * s.weight_decay);
  out.decays = s.weight_decay != 0.0;
}
void set(const Ftrl& s, double learning_rate, double /*step*/, UpdateScalars& out) noexcept {
  out.l1 = rounded(s.l1);
  out.l2 = rounded(2.0 * s.l2 + s.beta / learning_rate);
}

std::vector<StateSlot> slots_of(const Sgd& /*settings*/) {
  return {};
}
std::vector<StateSlot> slots_of(const Adagrad& s) {
  return {{"accumulator", false, s.initial_accumulator_value}};
}
std::vector<StateSlot> slots_of(const RowwiseAdagrad& /*settings*/) {
  return {{"accumulator", true, 0.0}};
}
std::vector<StateSlot> slots_of(const Adam& /*settings*/) {
  return {{"moment1", false, 0.0}, {"moment2", false, 0.0}};
}
std::vector<StateSlot> slots_of(const Ftrl& s) {
  return {{"accumulator", false, s.initial_accumulator_value}, {"linear", false, 0.0}};
}

}  // namespace

void check_learning_rate(double learning_rate) {
  check_at_least_zero("learning_rate", learning_rate);
}

Optimizer::Optimizer(Settings settings) : settings_(settings) {
  check_learning_rate(learning_rate());
  std::visit([](const auto& s) { check(s); }, settings_);
}

double Optimizer::learning_rate() const {
  return std::visit([](const auto& s) { return s.learning_rate; }, settings_);
}

std::optional<std::uint64_t> Optimizer::stochastic_rounding() const {
  return std::visit([](const auto& s) { return s.stochastic_rounding; }, settings_);
}

std::vector<StateSlot> Optimizer::slots() const {
  return std::visit([](const auto& s) { return slots_of(s); }, settings_);
}

UpdateScalars Optimizer::scalars(double learning_rate, std::int64_t step) const {
  UpdateScalars out;
  out.learning_rate = rounded(learning_rate);
  out.writes = learning_rate != 0.0;
  out.step = static_cast<std::uint32_t>(step);
  std::visit([&](const auto& s) { set(s, learning_rate, static_cast<double>(step), out); },
             settings_);
  return out;
}

}  // namespace seqfeat
