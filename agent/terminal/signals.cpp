// SPDX-License-Identifier: Apache-2.0
#include "terminal/signals.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace smtscope {
namespace {

// All that handlers touch: lock-free atomics, and what was written before the handlers were set.
std::atomic<bool> g_stop{false}, g_resize{false}, g_suspend{false};
std::atomic<const char*> g_reset{nullptr};
std::atomic<uint32_t> g_reset_bytes{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<const char*>::is_always_lock_free);
std::array<int, 2> g_pipe{-1, -1};
termios g_termios{};
bool g_have_termios = false;
alignas(16) std::array<char, 64 * 1024> g_stack;  // for a handler after the stack overflowed

constexpr std::array<int, 7> kCrash = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGSYS};
constexpr std::array<int, 5> kNoted = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP};
std::array<struct sigaction, kNoted.size()> g_before_noted{};
std::array<struct sigaction, kCrash.size()> g_before_crash{};

void give_terminal_back() {
  const char* reset = g_reset.exchange(nullptr);
  if (!reset) return;
  // There is nobody to tell if it fails.
  [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, reset, g_reset_bytes.load());
  if (g_have_termios) tcsetattr(STDIN_FILENO, TCSANOW, &g_termios);
}

void die_of(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
  raise(signal);
}

void on_crash(int signal) {
  give_terminal_back();
  die_of(signal);
}

void wake() {
  const int before = errno;
  [[maybe_unused]] const ssize_t written = write(g_pipe[1], "", 1);  // full: it is awake
  errno = before;
}

void on_noted(int signal) {
  if (signal == SIGWINCH) g_resize.store(true);
  else if (signal == SIGTSTP) g_suspend.store(true);
  else if (g_stop.exchange(true)) return on_crash(signal);  // nobody listened to the first one
  wake();
}

}  // namespace

Result<> SignalWatch::begin() {
  if (pipe2(g_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return fail(ErrorKind::resource, std::string("cannot make a pipe: ") + std::strerror(errno), "", errno);
  g_have_termios = tcgetattr(STDIN_FILENO, &g_termios) == 0;
  stack_t stack{};
  stack.ss_sp = g_stack.data();
  stack.ss_size = g_stack.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = on_noted;
  for (size_t i = 0; i < kNoted.size(); i++) sigaction(kNoted[i], &action, &g_before_noted[i]);
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_NODEFER);
  for (size_t i = 0; i < kCrash.size(); i++) sigaction(kCrash[i], &action, &g_before_crash[i]);
  return {};
}

void SignalWatch::end() {
  for (size_t i = 0; i < kNoted.size(); i++) sigaction(kNoted[i], &g_before_noted[i], nullptr);
  for (size_t i = 0; i < kCrash.size(); i++) sigaction(kCrash[i], &g_before_crash[i], nullptr);
  for (int& fd : g_pipe)
    if (fd >= 0) close(std::exchange(fd, -1));
}

int SignalWatch::wake_fd() { return g_pipe[0]; }

TerminalSignals SignalWatch::take() {
  std::array<char, 64> bytes{};
  while (read(g_pipe[0], bytes.data(), bytes.size()) > 0) {
  }
  return {g_stop.load(), g_resize.exchange(false), g_suspend.exchange(false)};
}

void set_terminal_reset(const char* text, uint32_t bytes) {
  g_reset_bytes.store(bytes);
  g_reset.store(text);
}

}  // namespace smtscope
