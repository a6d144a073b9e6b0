// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace seqfeat::detail {

/// Calls `tell` at the first thread that the system refuses, at most once. It may be called from
/// any thread.
void on_refused_thread(void (*tell)() noexcept) noexcept;

/// How many threads `try_thread` may still start. Only tests lower it.
[[nodiscard]] std::atomic<std::int64_t>& threads_left() noexcept;

/// True if `threads_left` allows one thread more, which is then counted.
[[nodiscard]] bool take_thread() noexcept;

/// Notes that a thread was refused, and tells whoever asked to be told.
void thread_refused() noexcept;

/// Whether any thread was refused so far.
[[nodiscard]] bool was_thread_refused() noexcept;

/// True for the errors by which a system says that it has no thread to give: a limit of processes
/// is reached, or no memory is left for a stack.
[[nodiscard]] inline bool means_no_thread(const std::error_code& error) noexcept {
  return error == std::errc::resource_unavailable_try_again ||
         error == std::errc::not_enough_memory;
}

/// Starts a thread that calls `work`. Every thread of the library and of the program is started
/// here, so that all of them do without: nothing comes back where the system has no thread to give,
/// and the caller does the work itself or leaves it.
template <class Work>
[[nodiscard]] std::optional<std::thread> try_thread(Work work) {
  try {
    if (take_thread()) return std::thread(std::move(work));
  } catch (const std::system_error& error) {
    if (!means_no_thread(error.code())) throw;
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): answered below
  }
  thread_refused();
  return std::nullopt;
}

}  // namespace seqfeat::detail
