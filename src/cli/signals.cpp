// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "backend/try_thread.hpp"
#include "cli/exit_code.hpp"
#include "io/temporaries.hpp"

namespace seqfeat::cli {
namespace {

constexpr std::array kHandled{SIGINT, SIGTERM, SIGALRM};
constexpr unsigned kSecondsToStop = 10;

void set_handlers(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int signal : kHandled) sigaction(signal, &action, nullptr);
}

}  // namespace

std::atomic<SignalStop*> SignalStop::handling{nullptr};

SignalStop::SignalStop(OnSignal first) : first_(first) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  waiter_ = detail::try_thread([this] { wait(); });
  if (waiter_) return;
  handling = this;
  set_handlers(handle);
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

SignalStop::~SignalStop() {
  if (waiter_) {
    done_ = true;
    pthread_kill(waiter_->native_handle(), SIGINT);  // wakes the waiting thread
    waiter_->join();
  } else {
    ::alarm(0);
    set_handlers(SIG_DFL);
    handling = nullptr;
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
  SignalStop* const self = handling;
  if (self == nullptr) return;
  if (signal == SIGALRM) exit(self->signal());
  ::alarm(kSecondsToStop);
  self->take(signal);
}

}  // namespace seqfeat::cli
