// SPDX-License-Identifier: Apache-2.0
// ns per run of the scheduler program, above an empty program and above one that reads the clock, and of
// runqlat, in one run: bench_switch [--quick]
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>

#include "baseline.skel.h"
#include "counted_events.h"
#include "kernel/clock.h"
#include "kernel/switch_probe.h"
#include "program_stats.h"
#include "switching.h"

namespace smtscope::bench {
namespace {

// A measured run: attach, load for a while, ns per run of the programs that matter; detach.
struct Sample {
  double ns_per_run = 0;
  double runs_per_second = 0;
  double reads_per_switch = 0;  // with counters
};

struct Subject {
  std::string name;
  std::function<std::optional<Sample>(Switching, uint64_t duration_ns)> measure;
};

// Difference of the programs whose ids `mine` accepts; per run of those that `counts` names a switch.
std::optional<Sample> measure_programs(const std::map<uint32_t, ProgramStats>& before, uint64_t duration_ns,
                                       const std::function<void(uint64_t)>& wait, std::string_view per) {
  const auto start = read_programs();
  const uint64_t began = monotonic_ns();
  wait(duration_ns);
  const double seconds = static_cast<double>(monotonic_ns() - began) / 1e9;
  uint64_t ns = 0, runs = 0;
  for (const auto& [id, now] : read_programs()) {
    const auto then = start.find(id);
    if (before.contains(id) || then == start.end()) continue;
    const bool hook = now.name.find("switch") != std::string::npos || now.name.find("wakeup") != std::string::npos;
    if (!hook) continue;
    ns += now.run_ns - then->second.run_ns;
    if (now.name.find(per) != std::string::npos) runs += now.runs - then->second.runs;
  }
  if (runs < 1000) return std::nullopt;
  return Sample{static_cast<double>(ns) / static_cast<double>(runs), static_cast<double>(runs) / seconds, 0};
}

Topology siblings(const std::vector<unsigned>& cpus) {
  Topology topology;
  topology.possible_cpus = static_cast<uint32_t>(sysconf(_SC_NPROCESSORS_CONF));
  Core core;
  for (const unsigned cpu : cpus) {
    topology.cpus.push_back({cpu, true, false, 0});
    core.cpus.push_back(cpu);
  }
  topology.cores.push_back(core);
  return topology;
}

std::optional<Sample> baseline(bool clock, Switching how, uint64_t duration_ns, const std::vector<unsigned>& cpus) {
  const auto before = read_programs();
  std::unique_ptr<baseline_bpf, void (*)(baseline_bpf*)> object(baseline_bpf__open(), baseline_bpf__destroy);
  if (!object) return std::nullopt;
  bpf_program__set_autoload(clock ? object->progs.empty_switch : object->progs.clock_switch, false);
  if (baseline_bpf__load(object.get()) || baseline_bpf__attach(object.get())) return std::nullopt;
  const SwitchingLoad load(how, cpus);
  return measure_programs(before, duration_ns, sleep_ns, "switch");
}

std::optional<Sample> smtscope(SwitchOptions options, Switching how, uint64_t duration_ns,
                               const std::vector<unsigned>& cpus) {
  const auto before = read_programs();
  options.by = how == Switching::within ? SMTSCOPE_BY_CGROUP_V2 : SMTSCOPE_BY_PROCESS;
  auto probe = SwitchProbe::make(siblings(cpus), options, probe_bpf_features());
  std::vector<Fd> events;
  if (probe && options.counters) events = count_on(**probe, cpus, options.counters);
  if (!probe || (options.counters && events.empty()) || !(*probe)->start()) {
    fmt::print(stderr, "{}\n", probe ? "the scheduler program does not start" : probe.error().what);
    return std::nullopt;
  }
  const SwitchingLoad load(how, cpus);
  Drain drain;
  const auto drain_while = [&](uint64_t ns) {
    for (const uint64_t end = monotonic_ns() + ns; monotonic_ns() < end;) {
      sleep_ns(std::min<uint64_t>(ns, 250'000'000));
      drain = {};
      (void)(*probe)->drain(drain);
    }
  };
  auto sample = measure_programs(before, duration_ns, drain_while, "switch");
  uint64_t reads = 0, switches = 0;
  for (const CpuSlices& cpu : drain.slices) {
    reads += cpu.reads;
    switches += cpu.switches;
  }
  if (sample && switches) sample->reads_per_switch = static_cast<double>(reads) / static_cast<double>(switches);
  return sample;
}

// Debian's libbpf-tools: a switch and a wakeup program; ns per switch.
std::optional<Sample> runqlat(Switching how, uint64_t duration_ns, const std::vector<unsigned>& cpus) {
  const auto before = read_programs();
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    (void)!freopen("/dev/null", "w", stdout);
    (void)!freopen("/dev/null", "w", stderr);
    execl("/usr/sbin/runqlat", "runqlat", "60", "1", static_cast<char*>(nullptr));
    _exit(127);
  }
  sleep_ns(1'500'000'000);  // until it is attached
  std::optional<Sample> sample;
  {
    const SwitchingLoad load(how, cpus);
    sample = measure_programs(before, duration_ns, sleep_ns, "switch");
  }
  kill(pid, SIGINT);
  sleep_ns(100'000'000);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return sample;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

struct Row {
  std::vector<double> ns;
  double runs_per_second = 0;
  double reads_per_switch = 0;
};

// What reading counters adds, inside one run: row `with` against the row without.
void print_counters(const Subject& subject, const Row& with, const Row& without) {
  if (with.ns.empty() || without.ns.empty() || with.reads_per_switch == 0) return;
  const double ns = median(with.ns), plain = median(without.ns);
  fmt::print("{}: {:+.0f} ns a switch, {:.2f} times the program without; {:.1f} readings in 100 switches{}\n",
             subject.name, ns - plain, ns / plain, 100 * with.reads_per_switch,
             hardware_counts() ? "" : " (of the kernel's clock: no hardware events here)");
}

void print_table(Switching how, const std::vector<Subject>& subjects, const std::vector<Row>& rows) {
  const auto base = [&](size_t i) { return rows[i].ns.empty() ? 0 : median(rows[i].ns); };
  const double empty = base(0), clock = base(1);
  fmt::print("\n{}\n{:<34}{:>8}{:>14}{:>13}{:>13}{:>11}\n", switching_name(how), "program", "ns/run", "(min - max)",
             "above empty", "above clock", "runs/s");
  for (size_t i = 0; i < subjects.size(); i++) {
    if (rows[i].ns.empty()) {
      fmt::print("{:<34}{:>8}\n", subjects[i].name, "not run");
      continue;
    }
    const auto [low, high] = std::minmax_element(rows[i].ns.begin(), rows[i].ns.end());
    const double m = median(rows[i].ns);
    fmt::print("{:<34}{:>8.0f}{:>14}{:>13.0f}{:>13.0f}{:>11.0f}\n", subjects[i].name, m,
               fmt::format("({:.0f} - {:.0f})", *low, *high), m - empty, m - clock, rows[i].runs_per_second);
  }
  for (size_t i = 3; i < subjects.size(); i++) print_counters(subjects[i], rows[i], rows[2]);
  const double goal = how == Switching::within ? 50 : 200;
  const double ours = rows[2].ns.empty() ? 0 : median(rows[2].ns) - empty;
  if (ours > 0)
    fmt::print("goal with everything on: <= {:.0f} ns above empty: {}\n", goal,
               ours <= goal ? "met" : fmt::format("missed ({:.0f})", ours));
}

std::vector<Subject> make_subjects(const std::vector<unsigned>& cpus) {
  std::vector<Subject> all;
  const auto ours = [&](std::string name, SwitchOptions options) {
    all.push_back({std::move(name), [=](Switching how, uint64_t ns) { return smtscope(options, how, ns, cpus); }});
  };
  all.push_back({"empty", [=](Switching how, uint64_t ns) { return baseline(false, how, ns, cpus); }});
  all.push_back({"clock", [=](Switching how, uint64_t ns) { return baseline(true, how, ns, cpus); }});
  ours("smtscope, everything on", {});
  SwitchOptions no_queue;
  no_queue.run_queue = false;
  ours("smtscope, without run queue", no_queue);
  SwitchOptions no_placement;
  no_placement.placement_every = 0;
  ours("smtscope, without placement scans", no_placement);
  SwitchOptions queue;
  queue.force_queue = true;
  ours("smtscope, queue variant", queue);
  for (uint32_t counters = 1; counters <= 3; counters++) {
    SwitchOptions counting;
    counting.counters = counters;
    ours(fmt::format("smtscope, {} counter(s)", counters), counting);
  }
  all.push_back({"runqlat, switch + wakeup", [=](Switching how, uint64_t ns) { return runqlat(how, ns, cpus); }});
  return all;
}

int run(bool quick) {
  auto stats = enable_run_time_stats();
  if (!stats) {
    fmt::print(stderr, "{}: {}\n", stats.error().what, stats.error().mend);
    return 1;
  }
  const uint64_t duration_ns = quick ? 400'000'000 : 2'000'000'000;
  const int rounds = quick ? 1 : 3;
  const std::vector<unsigned> cpus =
      sysconf(_SC_NPROCESSORS_ONLN) > 1 ? std::vector<unsigned>{0, 1} : std::vector<unsigned>{0};
  const auto subjects = make_subjects(cpus);
  fmt::print("ns per run by the kernel's run-time statistics; CPUs {} treated as siblings; {} round(s) of {:.1f} s\n",
             fmt::join(cpus, ","), rounds, static_cast<double>(duration_ns) / 1e9);
  std::fflush(stdout);  // before children are forked
  bool complete = true;
  for (const Switching how : {Switching::within, Switching::between, Switching::idle}) {
    std::vector<Row> rows(subjects.size());
    for (int round = 0; round < rounds; round++) {
      for (size_t i = 0; i < subjects.size(); i++) {
        const auto sample = subjects[i].measure(how, duration_ns);
        if (!sample) continue;
        rows[i].ns.push_back(sample->ns_per_run);
        rows[i].runs_per_second = sample->runs_per_second;
        rows[i].reads_per_switch = sample->reads_per_switch;
      }
    }
    print_table(how, subjects, rows);
    std::fflush(stdout);
    // runqlat is a peer: its absence is shown, not a failure.
    for (size_t i = 0; i + 1 < rows.size(); i++) complete &= !rows[i].ns.empty();
  }
  return complete ? 0 : 1;
}

}  // namespace
}  // namespace smtscope::bench

int main(int argc, char** argv) { return smtscope::bench::run(argc > 1 && std::strcmp(argv[1], "--quick") == 0); }
