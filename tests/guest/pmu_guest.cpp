// SPDX-License-Identifier: Apache-2.0
// pmu_guest counts|hotplug: holds the counters of an emulated CPU against what is known of them. QEMU with
// `-icount shift=0` counts every instruction of a neoverse-n1 and has one cycle an instruction; all other events
// open and read 0. One line a measurement, "ok" or "WRONG" first; exit status 0 if none is wrong.
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/clock.h"
#include "kernel/cpu_counters.h"
#include "kernel/pmu_selftest.h"
#include "kernel/selftest_work.h"
#include "kernel/textfile.h"
#include "kernel/topology_reader.h"

using namespace smtscope;

namespace {

constexpr uint64_t kCycles = 0x11, kInstructions = 0x08;
constexpr uint64_t kPerfmon = 1ull << 38;  // CAP_PERFMON as a bit
constexpr PerfTarget kThread{0, -1}, kCpu0{-1, 0};
constexpr PerfMode kUser{.user = true, .kernel = false};

int g_wrong = 0;
uint32_t g_type = 0;  // of the CPU's PMU
PerfRules g_rules;

void say(bool good, const std::string& text) {
  if (!good) g_wrong++;
  fmt::print("{} {}\n", good ? "ok   " : "WRONG", text);
  std::fflush(stdout);
}

CounterEvent raw(const std::string& name, uint64_t config, uint32_t group = 0) {
  CounterEvent event;
  event.name = name;
  event.pmu_type = g_type;
  event.config = config;
  event.group = group;
  return event;
}

CounterPlan plan_of(std::vector<CounterEvent> events, std::vector<uint32_t> cpus) {
  CounterPlan plan;
  plan.events = std::move(events);
  plan.cpus = std::move(cpus);
  plan.cycles = 0;
  plan.instructions = 1;
  return plan;
}

void run_instructions(uint64_t n) { calibrated_loop(n / kInstructionsPerTurn); }

// The least of some runs: what else runs on the CPU can only add.
std::vector<uint64_t> count(PerfGroup& group, uint64_t instructions) {
  std::vector<uint64_t> least(group.size(), UINT64_MAX);
  std::vector<PerfCount> before(group.size()), after(group.size());
  for (int i = 0; i < 5; i++) {
    (void)group.read(before);
    (void)group.enable();
    run_instructions(instructions);
    (void)group.disable();
    (void)group.read(after);
    for (size_t m = 0; m < least.size(); m++) least[m] = std::min(least[m], after[m].value - before[m].value);
  }
  return least;
}

// Loops of known size, their differences; instructions must be within `tolerance`, cycles within one percent.
void exact(const char* what, std::vector<CounterEvent> events, PerfTarget target, PerfMode mode, double tolerance) {
  auto group = PerfGroup::open(events, target, mode, g_rules);
  if (!group) return say(false, fmt::format("{}: {}", what, group.error().what));
  (void)count(*group, 1000);
  const auto none = count(*group, 2);
  for (const uint64_t n : {1'000'000, 2'000'000, 4'000'000}) {
    const auto counts = count(*group, n);
    const double off = (static_cast<double>(counts[1] - none[1]) - static_cast<double>(n - 2)) / static_cast<double>(n);
    const double ipc = static_cast<double>(counts[1]) / static_cast<double>(counts[0]);
    say(std::abs(off) <= tolerance && std::abs(ipc - 1) <= 0.01,
        fmt::format("{}: {} instructions read as {} (+ {} for none), off by {:.4f} %, IPC {:.4f}", what, n,
                    counts[1] - none[1] + 2, none[1] - 2, 100 * off, ipc));
  }
}

void selftest(uint32_t cpu) {
  auto plan =
      plan_of({raw("cpu_cycles", kCycles), raw("inst_retired", kInstructions), raw("stall_frontend", 0x23),
               raw("stall_backend", 0x24), raw("stall_slot", 0x3f), raw("op_retired", 0x3a), raw("br_mis_pred", 0x10)},
              {cpu});
  const uint64_t begun = monotonic_ns();
  const auto verdicts = run_selftest(plan, cpu, g_rules);
  const uint64_t took = monotonic_ns() - begun;
  if (!verdicts) return say(false, "self-test: " + verdicts.error().what);
  for (size_t i = 0; i < verdicts->size(); i++) {
    const SelftestVerdict& verdict = (*verdicts)[i];
    const Reason wanted = i < 2 ? Reason::ok : Reason::unsupported;
    say(verdict.reason == wanted, fmt::format("self-test on CPU {}: {}: {} {}", cpu, plan.events[i].name,
                                              reason_word(verdict.reason), verdict.why));
  }
  say(took < 20'000'000,
      fmt::format("self-test on CPU {} took {:.2f} ms (virtual)", cpu, static_cast<double>(took) / 1e6));
}

// Groups that are open rest while the test runs; what it refuses shows in the readings.
void tested_while_open(const Topology& topology) {
  auto plan = plan_of({raw("cpu_cycles", kCycles), raw("inst_retired", kInstructions), raw("stall_backend", 0x24),
                       raw("br_mis_pred", 0x10), raw("op_spec", 0x3b), raw("stall", 0x3c), raw("op_retired", 0x3a)},
                      {0});
  auto counters = CpuCounters::open(plan, topology, {}, g_rules);
  if (!counters) return say(false, "a full group: " + counters.error().what);
  const auto tested = counters->test(0);
  if (!tested) return say(false, "its self-test: " + tested.error().what);
  run_instructions(30'000'000);
  std::vector<CpuReading> out;
  counters->read([](uint32_t) { return true; }, out);
  std::string text;
  bool good = true;
  for (size_t i = 0; i < plan.events.size(); i++) {
    const Reason reason = out[0].events[i].quality.reason;
    good &= reason == (i < 2 ? Reason::ok : Reason::unsupported);
    text += fmt::format(" {} {}", plan.events[i].name, reason_word(reason));
  }
  say(good, "a full group that was tested while open reads:" + text);
}

void too_many() {
  std::vector<CounterEvent> events = {raw("cpu_cycles", kCycles)};
  for (int i = 1; i < 8; i++) events.push_back(raw(fmt::format("inst_retired#{}", i), kInstructions));
  const size_t fits = group_fits(events, kCpu0, {}, g_rules);
  say(fits == 7, fmt::format("{} of 8 events fit into a group (cycles and 6)", fits));
  const auto group = PerfGroup::open(events, kCpu0, {}, g_rules);
  say(!group && group.error().sys_errno == EINVAL && group.error().what.find("7 of 8 events fit") != std::string::npos,
      "the 8th: " + (group ? "it was opened" : group.error().what));
  const auto unknown = PerfGroup::open(std::vector{events[0], raw("no_event", 0xffffff)}, kCpu0, {}, g_rules);
  say(true, "a config that no event has: " + (unknown ? "opened" : unknown.error().what));
}

std::vector<CpuReading> read(CpuCounters& counters) {
  std::vector<CpuReading> out;
  counters.read([](uint32_t) { return true; }, out);
  return out;
}

// Each event in a group of its own: more than there are counters.
CounterPlan twelve() {
  std::vector<CounterEvent> events;
  for (uint32_t i = 0; i < 12; i++) events.push_back(raw(fmt::format("inst_retired#{}", i), kInstructions, i));
  return plan_of(events, {0});
}

void multiplexed(const Topology& topology) {
  CounterPlan plan = twelve();
  plan.instructions.reset();
  auto counters = CpuCounters::open(plan, topology, {}, g_rules);
  if (!counters) return say(false, "12 events: " + counters.error().what);
  const auto before = read(*counters);
  const uint64_t from = monotonic_ns();
  run_instructions(200'000'000);
  const auto after = read(*counters);
  const auto elapsed = static_cast<double>(monotonic_ns() - from);
  double least = 2, most = 0, sum = 0, worst = 0;
  bool all = true;
  for (size_t i = 0; i < 12; i++) {
    const CounterReading& now = after[0].events[i];
    const PerfCount grown = now.count - before[0].events[i].count;
    const double share = now.quality.running_share;
    least = std::min(least, share), most = std::max(most, share), sum += share;
    all &= now.quality.reason == Reason::multiplexed;
    worst = std::max(worst, std::abs(static_cast<double>(grown.value) / share / elapsed - 1));
  }
  say(all && std::abs(sum / 12 - 0.5) < 0.05 && least > 0.35 && most < 0.65,
      fmt::format("12 events on 6 counters ran {:.3f} to {:.3f} of the time, {:.3f} in the mean", least, most,
                  sum / 12));
  say(worst < 0.05, fmt::format("scaled by it they are off by {:.2f} % at most", 100 * worst));
}

// The group with the instructions never takes turns.
void basic_beside(const Topology& topology) {
  auto counters = CpuCounters::open(twelve(), topology, {}, g_rules);
  if (!counters) return say(false, "12 events, one of them basic: " + counters.error().what);
  (void)read(*counters);
  run_instructions(100'000'000);
  const auto after = read(*counters);
  size_t turns = 0;
  for (const CounterReading& event : after[0].events) turns += event.quality.reason == Reason::multiplexed;
  const Reason basic = after[0].events[1].quality.reason;
  say(basic == Reason::ok && turns == 11,
      fmt::format("12 events, one of them basic: it is {}, {} take turns", reason_word(basic), turns));
}

void pinned(const Topology& topology) {
  auto counters = CpuCounters::open(twelve(), topology, {.pinned = true}, g_rules);
  if (!counters) return say(false, "12 pinned events: " + counters.error().what);
  run_instructions(30'000'000);
  const auto readings = read(*counters);
  size_t counted = 0, refused = 0;
  std::string why;
  for (size_t i = 0; i < 12; i++) {
    const Reason reason = readings[0].events[i].quality.reason;
    counted += reason == Reason::ok;
    if (reason != Reason::not_counted) continue;
    refused++;
    why = counters->why(0, i);
  }
  say(counted == 6 && refused == 6 && why.find("pinned") != std::string::npos,
      fmt::format("12 pinned events: {} count, {} do not: {}", counted, refused, why));
  // Beside them there is no counter left, which no open tells.
  auto beside = CpuCounters::open(plan_of({raw("cpu_cycles", kCycles), raw("inst_retired", kInstructions)}, {0}),
                                  topology, {}, g_rules);
  if (!beside) return say(false, "beside pinned events: " + beside.error().what);
  run_instructions(30'000'000);
  const auto starved = read(*beside);
  say(starved[0].events[1].quality.reason == Reason::not_counted && starved[0].events[1].count.value == 0,
      fmt::format("a group beside them: {}", reason_word(starved[0].events[1].quality.reason)));
  const auto verdicts =
      run_selftest(plan_of({raw("cpu_cycles", kCycles), raw("inst_retired", kInstructions)}, {0}), 0, g_rules);
  say(verdicts && (*verdicts)[1].reason == Reason::not_counted,
      "the self-test beside them: " + (verdicts ? (*verdicts)[1].why : verdicts.error().what));
}

// All that runs on the CPU, kernel too; and idle time, in which this emulator's cycles go on.
void whole_cpu(const Topology& topology) {
  auto counters = CpuCounters::open(plan_of({raw("cpu_cycles", kCycles), raw("inst_retired", kInstructions)}, {0}),
                                    topology, {}, g_rules);
  if (!counters) return say(false, "CPU 0: " + counters.error().what);
  const auto before = read(*counters);
  run_instructions(100'000'000);
  const auto busy = read(*counters);
  usleep(200'000);
  const auto idle = read(*counters);
  const PerfCount work = busy[0].events[1].count - before[0].events[1].count;
  const PerfCount rest = idle[0].events[1].count - busy[0].events[1].count;
  const double over = static_cast<double>(work.value) / 1e8 - 1;
  say(busy[0].events[1].quality.reason == Reason::ok && over >= 0 && over < 0.05,
      fmt::format("CPU 0 with its kernel: 100000000 instructions read as {} (+{:.2f} %)", work.value, 100 * over));
  say(idle[0].events[1].quality.reason == Reason::ok && rest.value < 20'000'000,
      fmt::format("idle for {:.0f} ms: {} instructions, {} cycles", static_cast<double>(rest.enabled_ns) / 1e6,
                  rest.value, idle[0].events[0].count.value - busy[0].events[0].count.value));
}

// Leaves root, with these capabilities (bits); false if that failed.
bool leave_root(uint64_t capabilities) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = static_cast<uint32_t>(capabilities), high = static_cast<uint32_t>(capabilities >> 32);
  const __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
  return prctl(PR_SET_KEEPCAPS, 1) == 0 && setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0 &&
         syscall(SYS_capset, &header, data) == 0;
}

// In a child with these capabilities alone and this perf_event_paranoid: `refusal` is part of what it is told.
void permission(const char* who, uint64_t capabilities, int64_t paranoid, const std::string& refusal) {
  std::ofstream("/proc/sys/kernel/perf_event_paranoid") << paranoid << std::flush;
  const auto child = fork();
  if (child == 0) {
    g_wrong = 0;
    if (!leave_root(capabilities)) _exit(1);
    PerfRules rules = g_rules;  // what / holds is root's in this guest
    rules.paranoid = paranoid;
    rules.admin = false;
    rules.perfmon = capabilities != 0;
    const auto group = PerfGroup::open(std::vector{raw("cpu_cycles", kCycles)}, kCpu0, kUser, rules);
    const std::string text = group ? "may count a CPU" : group.error().what + "; " + group.error().mend;
    say(refusal.empty()
            ? group.has_value()
            : !group && perf_reason(group.error()) == Reason::permission && text.find(refusal) != std::string::npos,
        fmt::format("{}, perf_event_paranoid {}: {}", who, paranoid, text));
    _exit(g_wrong);
  }
  int status = 1;
  waitpid(child, &status, 0);
  if (status) g_wrong++;
}

bool set_online(uint32_t cpu, bool online) {
  std::ofstream file(fmt::format("/sys/devices/system/cpu/cpu{}/online", cpu));
  file << (online ? 1 : 0) << std::flush;
  return static_cast<bool>(file);
}

std::string words(const std::vector<CpuReading>& readings) {
  std::string text;
  for (const CpuReading& reading : readings)
    text += fmt::format(" CPU {} {}", reading.cpu, reason_word(reading.events[1].quality.reason));
  return text;
}

// What was refused on a CPU.
std::string why(const CpuCounters& counters, uint32_t cpu) {
  std::string text;
  for (size_t i = 0; i < counters.plan().events.size(); i++) {
    const std::string one = counters.why(cpu, i);
    if (!one.empty()) text += fmt::format("; {}: {}", counters.plan().events[i].name, one);
  }
  return text;
}

void hotplug() {
  const auto both = read_topology("/sys");
  if (!both || both->online_cpus() != 2 || both->threads_per_core() != 2) return say(false, "this needs one core x 2");
  auto counters = CpuCounters::open(plan_of({raw("cpu_cycles", kCycles), raw("inst_retired", kInstructions)}, {0, 1}),
                                    *both, {}, g_rules);
  if (!counters) return say(false, "CPUs 0 and 1: " + counters.error().what);
  const auto wait = [] { usleep(100'000); };
  wait();
  const auto first = read(*counters);
  say(first.size() == 2 && first[1].events[1].quality.reason == Reason::ok, "both online:" + words(first));

  const uint32_t generation = counters->generation(1);
  say(set_online(1, false) && set_online(1, true), "CPU 1 goes and comes");
  wait();
  const auto frozen = read(*counters);
  say(frozen.size() == 2 && frozen[0].events[1].quality.reason == Reason::ok &&
          frozen[1].events[1].quality.reason == Reason::stale && counters->generation(1) == generation + 1,
      fmt::format("the next read finds it:{} ({})", words(frozen), counters->why(1, 1)));
  wait();
  const auto again = read(*counters);
  say(again.size() == 2 && again[1].events[1].quality.reason == Reason::ok &&
          again[1].events[1].count.value > frozen[1].events[1].count.value,
      "opened anew, it counts:" + words(again));

  say(set_online(1, false), "CPU 1 goes");
  const auto offline = PerfGroup::open(std::vector{raw("cpu_cycles", kCycles)}, {-1, 1}, {}, g_rules);
  say(!offline && offline.error().sys_errno == ENODEV && perf_reason(offline.error()) == Reason::changed,
      offline ? "an offline CPU can be counted" : offline.error().what);
  const auto one = read_topology("/sys");
  say(one && counters->follow(*one).empty() && counters->fd(1, 1) < 0, "its descriptors are closed");
  wait();
  const auto alone = read(*counters);
  say(alone.size() == 1 && alone[0].events[1].quality.reason == Reason::ok, "it is not read:" + words(alone));
  say(set_online(1, true) && counters->follow(*both) == std::vector<uint32_t>{1}, "it comes, and is opened");
  const auto tested = counters->test(1);
  say(tested && tested->size() == 2, "its self-test: " + (tested ? "done" + why(*counters, 1) : tested.error().what));
  wait();
  const auto back = read(*counters);
  say(back.size() == 2 && back[1].events[1].quality.reason == Reason::changed, "its first read:" + words(back));
  wait();
  const auto good = read(*counters);
  say(good.size() == 2 && good[1].events[1].quality.reason == Reason::ok, "its second:" + words(good));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  g_rules = read_perf_rules("/proc", "/sys");
  if (!g_rules.cpu_pmu || (what != "counts" && what != "hotplug")) {
    say(false, g_rules.cpu_pmu ? "usage: pmu_guest counts|hotplug" : "this CPU has no PMU");
    return 1;
  }
  const auto type = read_text_file("/sys/bus/event_source/devices/" + *g_rules.cpu_pmu + "/type", 64);
  g_type = type ? static_cast<uint32_t>(std::strtoul(type->c_str(), nullptr, 10)) : 0;
  say(g_type != 0, fmt::format("PMU {} of type {}, perf_event_paranoid {}", *g_rules.cpu_pmu, g_type,
                               g_rules.paranoid.value_or(-9)));
  if (what == "hotplug") {
    hotplug();
    return g_wrong ? 1 : 0;
  }
  const auto topology = read_topology("/sys", Siblings::by_hand);
  if (!topology) {
    say(false, topology.error().what);
    return 1;
  }
  const std::vector<CounterEvent> two = {raw("cpu_cycles", kCycles), raw("inst_retired", kInstructions)};
  exact("a thread, user only", two, kThread, kUser, 0.001);
  exact("CPU 0, user only", two, kCpu0, kUser, 0.001);
  auto generic = two;
  generic[0].pmu_type = generic[1].pmu_type = PERF_TYPE_HARDWARE;
  generic[0].config = PERF_COUNT_HW_CPU_CYCLES;
  generic[1].config = PERF_COUNT_HW_INSTRUCTIONS;
  exact("a thread, generic events", generic, kThread, kUser, 0.001);
  selftest(0);
  tested_while_open(*topology);
  too_many();
  multiplexed(*topology);
  basic_beside(*topology);
  pinned(*topology);
  whole_cpu(*topology);
  permission("without capabilities", 0, 3, "perf_event_paranoid is 3, which leaves nothing");
  permission("without capabilities", 0, 2, "perf_event_paranoid is 2, and this needs 0 or less");
  permission("without capabilities", 0, 0, {});
  permission("with CAP_PERFMON alone", kPerfmon, 3, "give CAP_SYS_ADMIN");
  permission("with CAP_PERFMON alone", kPerfmon, 2, {});
  return g_wrong ? 1 : 0;
}
