// SPDX-License-Identifier: Apache-2.0
// session_guest: the counters of a whole session (scheduler program, slices, collector, figures) against work of known
// size, in the guest whose instructions are all counted. One line a measurement, "ok" or "WRONG" first; exit status 0
// if none is wrong. With one CPU the counts are exact; with two the emulator's counter is the whole machine's, so that
// there only what must hold anyway is looked at.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <string>

#include "derive/counter_figures.h"
#include "kernel/clock.h"
#include "kernel/selftest_work.h"
#include "pipeline/session.h"

using namespace smtscope;

namespace {

constexpr uint64_t kWork = 100'000'000;  // instructions
constexpr const char* kCgroups = "/sys/fs/cgroup";

int g_wrong = 0;

void say(bool good, const std::string& text) {
  if (!good) g_wrong++;
  fmt::print("{} {}\n", good ? "ok   " : "WRONG", text);
  std::fflush(stdout);
}

[[noreturn]] void give_up(const Error& error) {
  say(false, error.what);
  std::exit(1);
}

// A child in a cgroup of its own that waits for the pipe to close, then works.
pid_t worker(const std::string& name, const int (&gate)[2]) {
  const std::string folder = std::string(kCgroups) + "/" + name;
  (void)mkdir(folder.c_str(), 0755);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  close(gate[1]);
  std::ofstream(folder + "/cgroup.procs") << getpid() << std::endl;
  char byte = 0;
  (void)!read(gate[0], &byte, 1);
  calibrated_loop(kWork / kInstructionsPerTurn);
  _exit(0);
}

void wait_for(pid_t pid) {
  int status = 0;
  (void)waitpid(pid, &status, 0);
}

struct Measured {
  Snapshot before, after;
};

// Two workers at once between two samples of a session that counts user mode alone.
Measured measure() {
  int gate[2];
  if (pipe(gate) != 0) std::exit(1);
  const pid_t left = worker("left", gate), right = worker("right", gate);
  close(gate[0]);
  SessionOptions options;
  options.counter_mode = {.user = true, .kernel = false};
  auto session = Session::open(options);
  if (!session) give_up(session.error());
  for (const CollectorStatus& status : session->collectors().status())
    if (status.name == "counters") say(status.state == CollectorState::active, "collector counters: " + status.why);
  auto before = session->sample();
  if (!before) give_up(before.error());
  close(gate[1]);
  wait_for(left);
  wait_for(right);
  auto after = session->sample();
  if (!after) give_up(after.error());
  return {std::move(*before), std::move(*after)};
}

const EntityCounters* find_counters(const Interval& interval, const CounterFigures& figures, const std::string& name) {
  for (const Entity& who : interval.entities)
    if (who.name == name)
      if (const auto at = figures.entities.find(who.id); at != figures.entities.end()) return &at->second;
  return nullptr;
}

double sum_of(const Interval& interval, SliceColumn column) {
  const Table& table = interval.tables.at(Reading::entity_counter);
  double sum = 0;
  for (size_t i = 0; i < table.keys.size(); i++) sum += static_cast<double>(table.row(i)[column]);
  return sum;
}

void check(const Measured& measured, bool exact) {
  const Interval interval = make_interval(measured.before, measured.after);
  const CounterFigures figures = counter_figures(interval);
  if (figures.reason != Reason::ok || figures.entities_reason != Reason::ok)
    return say(false,
               fmt::format("no figures: {}, {}", reason_word(figures.reason), reason_word(figures.entities_reason)));
  double own = 0;
  for (const CounterGroup& cpu : figures.cpus) own += cpu.basic.instructions.value.value_or(NAN);
  for (const char* name : {"/left", "/right"}) {
    const EntityCounters* counters = find_counters(interval, figures, name);
    if (!counters) {
      say(false, fmt::format("{} was not counted", name));
      continue;
    }
    const SliceFigures all = counters->total();
    const double off = all.instructions / static_cast<double>(kWork) - 1;
    say(!exact || std::abs(off) < 1e-3,
        fmt::format("{}: {:.0f} instructions of {} ({:+.4f} %), IPC {:.3f}, counted {:.3f} s, not counted {:.6f} s",
                    name, all.instructions, kWork, off * 100, all.instructions / all.cycles, all.seconds,
                    all.uncounted_seconds));
    say(all.seconds > 0 && counters->counted_share().value_or(0) > 0.99,
        fmt::format("{}: {:.3f} % of its time was counted", name, counters->counted_share().value_or(0) * 100));
    double classes = 0;
    for (const SliceFigures& slice : counters->slices) classes += slice.seconds;
    say(std::abs(classes - all.seconds) < 1e-9, fmt::format("{}: classes of slices sum to its time", name));
  }
  const double sum = sum_of(interval, kSliceInstructions);
  const double apart = own > 0 ? sum / own - 1 : NAN;
  say(std::abs(apart) < (exact ? 1e-3 : 1e-2),
      fmt::format("all entities together {:.0f}, the CPUs' own readings {:.0f} ({:+.4f} %)", sum, own, apart * 100));
  const double ns = sum_of(interval, kSliceNs) + sum_of(interval, kSliceUncountedNs);
  const double window = static_cast<double>(interval.end_ns - interval.start_ns) * interval.topology->online_cpus();
  say(std::abs(ns / window - 1) < 0.02, fmt::format("slices cover {:.3f} s of {:.3f} s", ns / 1e9, window / 1e9));
  const Table& slices = interval.tables.at(Reading::cpu_slice);
  for (size_t i = 0; i < slices.keys.size(); i++) {
    const uint64_t* row = slices.row(i);
    say(row[kSliceReads] > 0 && row[kSliceFailedReads] == 0,
        fmt::format("CPU {}: {} switches, {} reads, {} failed", slices.keys[i].a, row[kSliceSwitches], row[kSliceReads],
                    row[kSliceFailedReads]));
  }
}

}  // namespace

int main() {
  const bool exact = sysconf(_SC_NPROCESSORS_ONLN) == 1;
  check(measure(), exact);
  return g_wrong == 0 ? 0 : 1;
}
