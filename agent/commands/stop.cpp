// SPDX-License-Identifier: Apache-2.0
#include "commands/stop.h"

#include <csignal>
#include <ctime>

#include <atomic>

namespace smtscope {
namespace {

std::atomic<bool> g_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_stop(int) { g_stop.store(true); }
void on_child(int) {}  // only to end a sleep

}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = on_child;
  action.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, nullptr);
}

bool stop_requested() { return g_stop.load(); }

void sleep_until(uint64_t deadline_ns) {
  const timespec t{static_cast<time_t>(deadline_ns / 1'000'000'000ull),
                   static_cast<long>(deadline_ns % 1'000'000'000ull)};
  if (!stop_requested()) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
}

}  // namespace smtscope
