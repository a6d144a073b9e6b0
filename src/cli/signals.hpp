// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace seqfeat::cli {

/// Turns the first SIGINT or SIGTERM into a request to stop, and ends the program at the second.
///
/// To be made before other threads are: they must not take the signals away.
class SignalStop {
 public:
  SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;
  SignalStop(SignalStop&&) = delete;
  SignalStop& operator=(SignalStop&&) = delete;
  ~SignalStop();

  [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }

  /// The signal that came, or 0.
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  void wait();

  sigset_t signals_{};
  std::stop_source stop_;
  std::atomic<int> signal_{0};
  std::atomic<bool> done_{false};
  std::thread waiter_;
};

}  // namespace seqfeat::cli
