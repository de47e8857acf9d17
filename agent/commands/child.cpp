// SPDX-License-Identifier: Apache-2.0
#include "commands/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace smtscope {
namespace {

// In the child: waits for the gate, then becomes the command. Only async-signal-safe calls.
[[noreturn]] void become(char* const* argv, int gate, int answer) {
  // Already under its name when it is first seen: an entity's first name is the one it keeps if it ends soon.
  const char* slash = std::strrchr(argv[0], '/');
  prctl(PR_SET_NAME, slash ? slash + 1 : argv[0]);
  char byte = 0;
  ssize_t n = 0;
  while ((n = read(gate, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (n == 1) {
    execvp(argv[0], argv);
    const int error = errno;
    n = write(answer, &error, sizeof(error));
  }
  _exit(127);
}

}  // namespace

Result<Child> Child::make(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> gate{}, answer{};
  if (pipe2(gate.data(), O_CLOEXEC) || pipe2(answer.data(), O_CLOEXEC))
    return fail(ErrorKind::resource, fmt::format("cannot make a pipe: {}", std::strerror(errno)), {}, errno);
  const pid_t pid = fork();
  if (pid < 0) return fail(ErrorKind::resource, fmt::format("cannot fork: {}", std::strerror(errno)), {}, errno);
  if (pid == 0) {
    close(gate[1]);
    close(answer[0]);
    become(argv.data(), gate[0], answer[1]);
  }
  close(gate[0]);
  close(answer[1]);
  Child child(pid, gate[1], answer[0]);
  child.name_ = command.front();
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      gate_(std::exchange(other.gate_, -1)),
      answer_(std::exchange(other.answer_, -1)),
      name_(std::move(other.name_)) {}

Child::~Child() {
  if (gate_ >= 0) close(gate_);  // an unused gate ends the child
  if (answer_ >= 0) close(answer_);
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

Result<> Child::go() {
  const bool told = write(gate_, "g", 1) == 1;
  close(std::exchange(gate_, -1));
  int error = 0;
  ssize_t n = 0;
  while ((n = read(answer_, &error, sizeof(error))) < 0 && errno == EINTR) {
  }
  if (told && n == 0) return {};
  return fail(ErrorKind::usage, fmt::format("cannot run '{}': {}", name_, std::strerror(n > 0 ? error : EIO)),
              "give a command that exists after --", error);
}

std::optional<int> Child::ended() {
  int status = 0;
  if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace smtscope
