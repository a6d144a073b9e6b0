// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <thread>

namespace seqfeat::cli {

/// What the first SIGINT or SIGTERM does.
enum class OnSignal : std::uint8_t {
  stop,  ///< Requests a stop, so that the current work is finished. The second signal exits.
  exit,  ///< Ends the program with 128 + the signal's number, once its temporary files are removed.
};

/// Takes SIGINT and SIGTERM while it lives. One at a time may exist.
///
/// Make it before other threads start, so that they inherit the blocked signals. A thread of its
/// own waits for the signals; a handler hands on to it what reaches a thread that was there before,
/// as libraries in a Python program start some. If the system refuses that thread, the handler
/// requests the stop: callbacks of the token then run inside the handler and must not wait for a
/// lock. If any thread was refused, the main thread may be waiting for input, so the program ends
/// 10 seconds after the signal.
class SignalStop {
 public:
  explicit SignalStop(OnSignal first = OnSignal::stop);
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;
  SignalStop(SignalStop&&) = delete;
  SignalStop& operator=(SignalStop&&) = delete;
  ~SignalStop();

  [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }

  /// The signal that came, or 0.
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  static void handle(int signal) noexcept;
  void arrived(int signal) noexcept;
  void set_handlers();
  void take(int signal) noexcept;
  void wait();

  [[noreturn]] static void exit(int signal) noexcept;

  static std::atomic<SignalStop*> handling;  ///< The object that the handler calls.
  static std::atomic<int> handlers;          ///< How many threads are in the handler.
  const OnSignal first_;
  sigset_t signals_{};
  sigset_t mask_before_{};
  std::array<struct sigaction, 3> actions_before_{};
  pthread_t waiting_{};  ///< The waiter, if there is one.
  std::stop_source stop_;
  std::atomic<int> signal_{0};
  std::atomic<bool> done_{false};
  std::optional<std::thread> waiter_;
};

}  // namespace seqfeat::cli
