// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace seqfeat::test {

/// True under ThreadSanitizer, where an emulated kernel takes twenty times as long: what is
/// repeated for its results, and not for threads that race, is repeated less there.
#ifdef __SANITIZE_THREAD__
inline constexpr bool kUnderThreadSanitizer = true;
#else
inline constexpr bool kUnderThreadSanitizer = false;
#endif

}  // namespace seqfeat::test
