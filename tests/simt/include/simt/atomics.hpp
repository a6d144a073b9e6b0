// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

// Atomics, for the types for which CUDA has them: a std::int64_t is `long` on Linux and has none.
// All are relaxed, as on the device, so that TSan sees a missing fence.

namespace simt {

/// Lets another thread go first now and then, under the random order.
void preempt();

template <class T, class... Types>
concept AnyOf = (std::same_as<T, Types> || ...);

template <class T>
concept AtomicInteger = AnyOf<T, int, unsigned, unsigned long long>;
template <class T>
concept AtomicComparable = AnyOf<T, int, unsigned, unsigned long long, long long>;
template <class T>
concept AtomicExchangeable = AnyOf<T, int, unsigned, unsigned long long, float>;
template <class T>
concept AtomicSummand = AnyOf<T, int, unsigned, unsigned long long, float, double>;
template <class T>
concept AtomicSwappable = AnyOf<T, int, unsigned, unsigned long long, unsigned short>;

template <class T, class Update>
T atomic_update(T* place, Update update) {
  preempt();
  T old, next;
  __atomic_load(place, &old, __ATOMIC_RELAXED);
  do {
    next = update(old);
  } while (
      !__atomic_compare_exchange(place, &old, &next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return old;
}

}  // namespace simt

// The operand does not take part in deduction: atomicAdd(&counter, 1) converts, as in CUDA.
template <simt::AtomicSummand T>
T atomicAdd(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return static_cast<T>(old + value); });
}
template <simt::AnyOf<int, unsigned> T>
T atomicSub(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return static_cast<T>(old - value); });
}
template <simt::AtomicExchangeable T>
T atomicExch(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T) { return value; });
}
template <simt::AtomicComparable T>
T atomicMin(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return value < old ? value : old; });
}
template <simt::AtomicComparable T>
T atomicMax(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return old < value ? value : old; });
}
template <simt::AtomicInteger T>
T atomicAnd(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return old & value; });
}
template <simt::AtomicInteger T>
T atomicOr(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return old | value; });
}
template <simt::AtomicInteger T>
T atomicXor(T* place, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return old ^ value; });
}
template <simt::AtomicSwappable T>
T atomicCAS(T* place, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  return simt::atomic_update(place, [=](T old) { return old == expected ? value : old; });
}
inline unsigned atomicInc(unsigned* place, unsigned limit) {
  return simt::atomic_update(place, [=](unsigned old) { return old >= limit ? 0u : old + 1; });
}
inline unsigned atomicDec(unsigned* place, unsigned limit) {
  return simt::atomic_update(
      place, [=](unsigned old) { return old == 0 || old > limit ? limit : old - 1; });
}
