// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <sched.h>
#include <unistd.h>

#include <cstdlib>

#include "backend/try_thread.hpp"
#include "cli/exit_code.hpp"
#include "io/temporaries.hpp"

namespace seqfeat::cli {
namespace {

constexpr std::array kHandled{SIGINT, SIGTERM, SIGALRM};
constexpr unsigned kSecondsToStop = 10;

}  // namespace

std::atomic<SignalStop*> SignalStop::handling{nullptr};
std::atomic<int> SignalStop::handlers{0};

SignalStop::SignalStop(OnSignal first) : first_(first) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  waiter_ = detail::try_thread([this] { wait(); });
  if (waiter_) waiting_ = waiter_->native_handle();
  handling = this;
  set_handlers();
  if (!waiter_) pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

void SignalStop::set_handlers() {
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kHandled.size(); ++i) {
    sigaction(kHandled[i], nullptr, &actions_before_[i]);
    const bool used = kHandled[i] != SIGALRM || !waiter_;  // only the handler sets an alarm
    if (used) sigaction(kHandled[i], &action, nullptr);
  }
}

SignalStop::~SignalStop() {
  if (!waiter_) ::alarm(0);
  for (std::size_t i = 0; i < kHandled.size(); ++i) {
    sigaction(kHandled[i], &actions_before_[i], nullptr);
  }
  handling = nullptr;
  while (handlers > 0) ::sched_yield();  // they run on other threads, and look into this object
  if (waiter_) {
    done_ = true;
    pthread_kill(waiting_, SIGINT);  // wakes the waiting thread
    waiter_->join();
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void SignalStop::wait() {
  int signal = 0;
  while (sigwait(&signals_, &signal) == 0 && !done_) {
    take(signal);
    // If a thread was refused, the main thread may be waiting for input and would not see the stop.
    if (!detail::was_thread_refused()) continue;
    const timespec limit{.tv_sec = kSecondsToStop, .tv_nsec = 0};
    const int next = sigtimedwait(&signals_, nullptr, &limit);
    if (done_) return;
    exit(next < 0 ? signal : next);
  }
}

void SignalStop::take(int signal) noexcept {
  if (first_ == OnSignal::exit || signal_ != 0) exit(signal);
  signal_ = signal;
  stop_.request_stop();
}

void SignalStop::exit(int signal) noexcept {
  remove_temporaries();
  std::_Exit(kSignal + signal);
}

void SignalStop::handle(int signal) noexcept {
  ++handlers;
  if (SignalStop* const self = handling) self->arrived(signal);
  --handlers;
}

void SignalStop::arrived(int signal) noexcept {
  if (waiter_) {
    pthread_kill(waiting_, signal);
    return;
  }
  if (signal == SIGALRM) exit(signal_);
  ::alarm(kSecondsToStop);
  take(signal);
}

}  // namespace seqfeat::cli
