// SPDX-License-Identifier: Apache-2.0
#include "kernel/core_scheduling.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>

namespace smtscope {
namespace {

// linux/prctl.h since 5.14; older headers lack them.
constexpr int kPrSchedCore = 62;
constexpr int kPrSchedCoreGet = 0;
constexpr int kScopeThread = 0;

constexpr size_t kMaxThreads = 100'000;  // asked in all: some 30 ms

std::optional<pid_t> pid_of(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end != name.data() + name.size() || pid <= 0) return std::nullopt;
  return pid;
}

// Calls visit(folder, pid) for each folder named by a number until it returns false. False: the folder is unreadable.
template <class Visit>
bool for_each_pid(const std::filesystem::path& folder, Visit visit) {
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
    if (const auto pid = pid_of(at->path()))
      if (!visit(at->path(), *pid)) break;
  return !error;
}

}  // namespace

int core_scheduling_cookie(pid_t thread, uint64_t* cookie) {
  *cookie = 0;
  return prctl(kPrSchedCore, kPrSchedCoreGet, thread, kScopeThread, cookie) == 0 ? 0 : errno;
}

std::optional<std::string> core_scheduling_state(const std::string& proc_root, const CookieOf& cookie_of) {
  uint64_t cookie = 0;
  const int mine = cookie_of(getpid(), &cookie);
  if (mine == EINVAL) return "unsupported";  // older than 5.14, or built without CONFIG_SCHED_CORE
  if (mine == ENODEV) return "not in use";   // the kernel found no core with two siblings

  size_t processes = 0, threads = 0;
  bool all_asked = true;
  // Thread by thread: virtual machine monitors give cookies to their vCPU threads alone.
  const bool readable = for_each_pid(proc_root, [&](const std::filesystem::path& folder, pid_t) {
    for_each_pid(folder / "task", [&](const std::filesystem::path&, pid_t thread) {
      if (++threads > kMaxThreads) return false;
      const int error = cookie_of(thread, &cookie);
      if (error && error != ESRCH) all_asked = false;  // ESRCH: gone meanwhile
      if (error || cookie == 0) return true;
      ++processes;
      return false;
    });
    return threads <= kMaxThreads;
  });
  if (processes > 0) return fmt::format("in use ({} process{})", processes, processes == 1 ? "" : "es");
  if (!readable || !all_asked || threads == 0 || threads > kMaxThreads) return std::nullopt;
  return "not in use";
}

}  // namespace smtscope
