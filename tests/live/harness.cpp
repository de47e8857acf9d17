// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace smtscope::live {
namespace {

void redirect(int fd, const std::string& path) {
  int file = path.empty() ? open("/dev/null", O_WRONLY) : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) _exit(126);
  dup2(file, fd);
}

[[noreturn]] void become(std::vector<std::string> args, const std::string& out, const std::string& err,
                         const std::string& cgroup) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!cgroup.empty()) {
    std::ofstream procs(cgroup + "/cgroup.procs");
    procs << 0 << std::flush;
    if (!procs) _exit(125);
  }
  redirect(1, out);
  redirect(2, err);
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

struct Scratch {
  std::string folder;
  Scratch() {
    char name[] = "/tmp/smtscope-live-XXXXXX";
    if (mkdtemp(name)) folder = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
  }
};

}  // namespace

Process::Process(const std::vector<std::string>& args, const std::string& out, const std::string& err,
                 const std::string& cgroup) {
  pid_ = fork();
  if (pid_ == 0) become(args, out, err, cgroup);
}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  wait();
}

int Process::wait() {
  int status = 0;
  if (pid_ <= 0 || waitpid(pid_, &status, 0) != pid_) return -1;
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Output run_smtscope(std::vector<std::string> args) {
  args.insert(args.begin(), SMTSCOPE_BINARY);
  std::string out = scratch_file("out"), err = scratch_file("err");
  Output o;
  o.status = Process(args, out, err).wait();
  o.out = read_text(out);
  o.err = read_text(err);
  return o;
}

std::optional<Process> start_load(std::vector<std::string> args, const std::string& cgroup) {
  static int count = 0;
  std::string ready = scratch_file("ready" + std::to_string(count++));
  args.insert(args.begin(), LOAD_BINARY);
  args.insert(args.end(), {"--ready", ready});
  Process load(args, {}, {}, cgroup);
  for (uint64_t limit = now_ns() + 30'000'000'000; now_ns() < limit;) {
    if (std::filesystem::exists(ready)) return load;
    if (waitpid(load.pid(), nullptr, WNOHANG) != 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return std::nullopt;
}

TestCgroup::TestCgroup(const std::string& root, const std::string& name) : path_(root + "/" + name) {
  mkdir(path_.c_str(), 0755);
}

TestCgroup::~TestCgroup() {
  // Members die asynchronously after the kill of their parent.
  for (uint64_t limit = now_ns() + 5'000'000'000; rmdir(path_.c_str()) != 0 && now_ns() < limit;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::optional<Hierarchy> mounted_hierarchy(bool v1) {
  const std::string top = "/sys/fs/cgroup";
  if (v1) {
    for (const char* controller : {"memory", "cpu", "pids"}) {
      const std::string root = top + "/" + controller;
      if (access((root + "/tasks").c_str(), F_OK) == 0) return Hierarchy{controller, controller, root};
    }
  }
  for (const std::string& root : {top, top + "/unified"})
    if (access((root + "/cgroup.controllers").c_str(), F_OK) == 0) return Hierarchy{"v2", "", root};
  return std::nullopt;
}

std::string cannot_run() {
  if (geteuid() != 0) return "needs root";
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) return "needs a kernel with BTF";
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof(set), &set);
  if (!CPU_ISSET(0, &set) || !CPU_ISSET(1, &set)) return "needs CPUs 0 and 1 online and allowed";
  return {};
}

std::string scratch_file(const std::string& name) {
  static const Scratch scratch;
  return scratch.folder + "/" + name;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace smtscope::live
