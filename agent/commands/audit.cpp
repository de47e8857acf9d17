// SPDX-License-Identifier: Apache-2.0
// smtscope audit: the accounting against an independent log of every switch, on the user's own node.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "commands/audit_window.h"
#include "commands/measure.h"
#include "commands/options.h"
#include "commands/print.h"
#include "commands/stop.h"
#include "derive/steal.h"
#include "kernel/textfile.h"
#include "kernel/topology_reader.h"
#include "model/units.h"
#include "views/audit_view.h"

namespace smtscope {
namespace {

constexpr double kSwitchesPerSecond = 500'000;  // of one CPU: more than a ping-pong of two threads makes
constexpr uint64_t kLeastMemory = 1 << 20, kMostMemory = 3ull << 30;
constexpr double kMemoryShare = 0.25;  // of what is available: a log must not press the node

struct Plan {
  uint64_t duration_ns = 0;
  uint64_t most_bytes = 0;
  AuditLogOptions log;
};

// Bytes that programs can still get; none if /proc/meminfo does not say.
std::optional<uint64_t> available_memory(const Roots& roots) {
  const auto text = read_text_file(roots.proc + "/meminfo", 1 << 16);
  if (!text) return std::nullopt;
  constexpr std::string_view kKey = "MemAvailable:";
  size_t at = text->find(kKey);
  if (at == std::string::npos) return std::nullopt;
  at = text->find_first_not_of(' ', at + kKey.size());
  uint64_t kib = 0;
  if (at == std::string::npos) return std::nullopt;
  if (std::from_chars(text->data() + at, text->data() + text->size(), kib).ec != std::errc()) return std::nullopt;
  return kib << 10;
}

Result<Plan> plan_of(const AuditOptions& options) {
  Plan plan;
  const auto duration = parse_duration(options.duration);
  if (!duration) return Failure(Error(duration.error()).within("--duration"));
  plan.duration_ns = static_cast<uint64_t>(duration->count());
  const auto memory = parse_size(options.log_memory);
  if (!memory) return Failure(Error(memory.error()).within("--log-memory"));
  if (*memory < kLeastMemory || *memory > kMostMemory)
    return fail(ErrorKind::usage, fmt::format("--log-memory {} is out of range", options.log_memory),
                "choose between 1MiB and 3GiB");
  plan.most_bytes = *memory;
  return plan;
}

// What the log needs to know before the accounting starts: it goes on the hook before and behind it, so that
// every clock reading of the accounting lies between two of the log.
Result<> plan_log(const SessionOptions& session, Plan& plan) {
  const auto topology = load_topology(session.roots.sys, session.siblings);
  if (!topology) return Failure(topology.error());
  const auto grouping = choose_grouping(session.grouping, session.roots);
  if (!grouping) return Failure(grouping.error());
  if (auto may = may_load_bpf(); !may) return Failure(may.error());
  if (auto choice = choose_switch(read_bpf_features(), *topology, {}); !choice) return Failure(choice.error());
  if (grouping->by == GroupBy::cgroup && !grouping->hierarchy.v2)
    plan.log.v1_controller = btf_controller(grouping->hierarchy);
  for (const Cpu& cpu : topology->cpus)
    if (cpu.online) plan.log.cpus = std::max(plan.log.cpus, cpu.id + 1);
  if (const auto available = available_memory(session.roots)) {
    const auto share = static_cast<uint64_t>(kMemoryShare * static_cast<double>(*available));
    plan.most_bytes = std::max(kLeastMemory, std::min(plan.most_bytes, share));
  }
  const double seconds = static_cast<double>(plan.duration_ns) * 1e-9 + 1;  // some for the start and the end
  plan.log.records_per_cpu = audit_records_per_cpu(plan.log.cpus, seconds, kSwitchesPerSecond, plan.most_bytes);
  return {};
}

void say_cost(const Plan& plan, const AuditLog& log) {
  fmt::print(stderr,
             "auditing for {}: the log takes {:.0f} MiB (at most {:.0f} MiB, {} switches a CPU); until the end each\n"
             "switch is paid for three times: by the accounting, and by the log before and after it\n",
             format_duration(std::chrono::nanoseconds(plan.duration_ns)), static_cast<double>(log.bytes()) / (1 << 20),
             static_cast<double>(plan.most_bytes) / (1 << 20), plan.log.records_per_cpu);
}

void add_notes(AuditView& view) {
  const double compared = view.report.window_seconds;
  if (view.log_full)
    view.notes.push_back(
        fmt::format("the log was full and ended the window: {:.1f} of {:.1f} s compared; "
                    "--log-memory gives it more than {:.0f} MiB",
                    compared, view.asked_seconds, static_cast<double>(view.log_bytes) / (1 << 20)));
  else if (stop_requested())
    view.notes.push_back(fmt::format("stopped by the user: {:.1f} of {:.1f} s compared", compared, view.asked_seconds));
  if (view.skipped) view.notes.push_back(fmt::format("{} intervals were left out: CPUs came or went", view.skipped));
}

AuditView view_of(const Plan& plan, const Session& session, AuditWindow& window, const AuditLog& log) {
  AuditView view;
  judge_steal(window.whole);
  view.host = session.host();
  view.topology = window.whole.topology ? *window.whole.topology : session.topology();
  view.grouping = session.grouping().label();
  view.word_variant = window.whole.word_variant;
  view.unix_offset_ns = window.whole.unix_offset_ns;
  view.asked_seconds = static_cast<double>(plan.duration_ns) * 1e-9;
  view.log_bytes = log.bytes();
  view.log_most_bytes = plan.most_bytes;
  view.log_records = log.written();
  view.log_full = window.full;
  return view;
}

// What audits need: the scheduler, and /proc/stat for the topology's attestation and one note.
SessionOptions audit_session(const AuditOptions& options) {
  SessionOptions session = session_options(options.measure);
  session.wanted = [](std::string_view signal) {
    return signal == "scheduler" ? Wanted::required : signal == "system" ? Wanted::optional : Wanted::no;
  };
  return session;
}

}  // namespace

Result<int> run_audit(const AuditOptions& options) {
  auto plan = plan_of(options);
  if (!plan) return Failure(plan.error());
  const SessionOptions wanted = audit_session(options);
  if (auto r = plan_log(wanted, *plan); !r) return Failure(r.error());
  catch_stop_signals();
  auto log = AuditLog::open(plan->log);
  if (!log) return Failure(log.error());
  say_cost(*plan, *log);
  auto session = Session::open(wanted);
  if (!session) return Failure(session.error());
  auto window = audit_window(*log, *session, plan->duration_ns);
  if (!window) return Failure(window.error());
  AuditView view = view_of(*plan, *session, *window, *log);
  const GroupBy by = session->grouping().by;
  // Off the hook: the sweep takes a while.
  { const Session ended = std::move(*session); }
  view.report = compare_window(*window, *log, by, view.skipped);
  add_notes(view);
  const std::string text =
      options.measure.format == "json" ? audit_json(view) + "\n" : audit_text(view, {options.all, 80});
  if (auto r = print_result(text); !r) return Failure(r.error());
  return view.report.verdict == audit::Verdict::agrees ? 0 : 1;
}

}  // namespace smtscope
