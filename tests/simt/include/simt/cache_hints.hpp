// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

// Loads and stores with a cache hint. Dereferencing a T keeps UBSan's alignment check.

template <class T>
T __ldg(const T* place) {
  return *place;
}
template <class T>
T __ldca(const T* place) {
  return *place;
}
template <class T>
T __ldcg(const T* place) {
  return *place;
}
template <class T>
T __ldcs(const T* place) {
  return *place;
}
template <class T>
T __ldlu(const T* place) {
  return *place;
}
template <class T>
T __ldcv(const T* place) {
  return *place;
}
template <class T>
void __stwb(T* place, std::type_identity_t<T> value) {
  *place = value;
}
template <class T>
void __stcg(T* place, std::type_identity_t<T> value) {
  *place = value;
}
template <class T>
void __stcs(T* place, std::type_identity_t<T> value) {
  *place = value;
}
template <class T>
void __stwt(T* place, std::type_identity_t<T> value) {
  *place = value;
}
