// SPDX-License-Identifier: Apache-2.0
// What one phase was like, in words.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "views/report_parts.h"
#include "views/report_words.h"
#include "views/stat_of.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

constexpr double kMostOfIt = 0.5;     // of a core's time: it is called by that state
constexpr double kQuiet = 0.03;       // of core time
constexpr double kWorthNaming = 0.1;  // CPUs
constexpr size_t kNamed = 3;
constexpr double kSlowWaitUs = 5'000;
constexpr uint64_t kEnoughWaits = 20;

struct CoresByState {
  std::vector<uint32_t> all_busy, partial, single, idle, mixed;
};

CoresByState cores_by_state(const SchedulerFigures& figures) {
  CoresByState out;
  for (const CoreFigures& core : figures.cores) {
    const double all = total(core.seconds);
    if (!(all > 0)) continue;
    const StateSeconds& s = core.seconds;
    if (s.all_busy.value_or(0) >= kMostOfIt * all) out.all_busy.push_back(core.id);
    else if (s.partial.value_or(0) >= kMostOfIt * all) out.partial.push_back(core.id);
    else if (s.single >= kMostOfIt * all) out.single.push_back(core.id);
    else if (s.idle >= 0.9 * all) out.idle.push_back(core.id);
    else out.mixed.push_back(core.id);
  }
  return out;
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

// "both siblings of core 0 were busy 98 % of the time"
std::string state_clause(const SchedulerFigures& figures, const std::vector<uint32_t>& ids, std::string_view what,
                         double StateSeconds::*one, std::optional<double> StateSeconds::*some) {
  double part = 0, whole = 0;
  for (const CoreFigures& core : figures.cores) {
    if (std::find(ids.begin(), ids.end(), core.id) == ids.end()) continue;
    part += one ? core.seconds.*one : (core.seconds.*some).value_or(0);
    whole += total(core.seconds);
  }
  return fmt::format("{}: {} {}", core_list(ids, figures.cores.size()), what, text::percent(share(part, whole)));
}

std::string where(const ReportPhase& phase) {
  if (phase.topology->cores.size() == 1) return "";  // as of the node
  const CoresByState by = cores_by_state(phase.figures);
  const bool smt = phase.topology->threads_per_core() > 1;
  std::vector<std::string> parts;
  const auto put = [&](const std::vector<uint32_t>& ids, std::string_view what, double StateSeconds::*one,
                       std::optional<double> StateSeconds::*some) {
    if (!ids.empty()) parts.push_back(state_clause(phase.figures, ids, what, one, some));
  };
  put(by.all_busy, fmt::format("{} busy", all_siblings(*phase.topology)), nullptr, &StateSeconds::all_busy);
  put(by.partial, "several siblings busy", nullptr, &StateSeconds::partial);
  put(by.single, smt ? "one sibling busy" : "busy", &StateSeconds::single, nullptr);
  put(by.mixed, "idle", &StateSeconds::idle, nullptr);
  put(by.idle, "idle", &StateSeconds::idle, nullptr);
  if (parts.empty()) return "Nothing is known of any core.";
  std::string out = fmt::format("{}.", fmt::join(parts, "; "));
  return out;
}

// The neighbour with the most time, and its share of the entity's own busy time.
std::string beside(const SchedulerFigures& figures, const EntityFigures& e) {
  const double busy = e.busy_seconds();
  const double alone = e.oncpu[kClassIdle] / busy;
  if (e.oncpu[kClassNoSibling] > 0.5 * busy) return "no sibling to share with";
  if (alone >= 0.9) return fmt::format("alone on its core {}", text::percent(alone));
  if (e.oncpu[kClassUnknown] > 0.5 * busy) return "beside whom is unknown";
  const PairFigures* most = nullptr;
  for (const PairFigures& pair : figures.pairs)
    if ((pair.a == e.who.id || pair.b == e.who.id) && (!most || share_of(e, pair) > share_of(e, *most))) most = &pair;
  if (!most) return fmt::format("alone on its core {}", text::percent(alone));
  const uint32_t other = most->a == e.who.id ? most->b : most->a;
  const std::string whom = other == e.who.id ? "its own threads" : name_of(figures, other);
  return fmt::format("beside {} {}", whom, text::percent(share_of(e, *most).value_or(0)));
}

std::string who(const ReportPhase& phase) {
  const double seconds = phase.figures.window_seconds;
  std::vector<std::string> parts;
  for (const EntityFigures& e : phase.figures.entities) {
    const double cpus = share(e.busy_seconds(), seconds);
    if (cpus < kWorthNaming || parts.size() == kNamed) break;
    parts.push_back(fmt::format("{} used {:.2f} CPU ({})", name_of(e.who), cpus, beside(phase.figures, e)));
  }
  return parts.empty() ? "" : fmt::format("{}.", fmt::join(parts, "; "));
}

// Only if there was something to avoid.
std::string meanwhile(const ReportPhase& phase) {
  const double length = phase.figures.window_seconds;
  const double all = total(phase.figures.node), all_busy = phase.figures.node.all_busy.value_or(0);
  if (phase.topology->cores.size() < 2 || all_busy < 0.05 * all) return "";
  if (phase.while_idle_time >= 0.05 * length)
    return fmt::format("For at least {} of this ({}) another core of the same cache was idle meanwhile.",
                       span(phase.while_idle_time), text::percent(share(phase.while_idle_time, length)));
  const double idle = share(phase.figures.node.idle, all);
  if (idle < 0.1 && all_busy >= 0.2 * all)
    return fmt::format("There was hardly an idle core to go to: cores were idle {}.", text::percent(idle));
  return "";
}

std::string waits(const ReportPhase& phase) {
  const EntityFigures* worst = nullptr;
  for (const EntityFigures& e : phase.figures.entities) {
    if (!e.runqueue || e.runqueue->count < kEnoughWaits || e.who.kind == EntityKind::kernel) continue;
    if (e.runqueue->p99_us.value_or(0) < kSlowWaitUs) continue;
    if (e.runqueue->sum_seconds < std::max(0.01 * phase.figures.window_seconds, 0.05 * e.busy_seconds())) continue;
    if (!worst || e.runqueue->sum_seconds > worst->runqueue->sum_seconds) worst = &e;
  }
  if (!worst) return "";
  return fmt::format("{} waited for a CPU: {} in all, one wait of a hundred longer than {}.", name_of(worst->who),
                     span(worst->runqueue->sum_seconds), text::duration_us(*worst->runqueue->p99_us));
}

std::string title_of(const ReportPhase& phase) {
  const StateSeconds& s = phase.figures.node;
  const double all = total(s), length = phase.figures.window_seconds;
  if (!(all > 0)) return "nothing measured";
  if (s.unknown > 0.5 * all) return "unknown";
  if (s.idle >= (1 - kQuiet) * all) return "quiet";
  const bool smt = phase.topology->threads_per_core() > 1;
  if (!smt) return s.idle < 0.1 * all ? "all cores busy" : "busy";
  const double all_busy = s.all_busy.value_or(0);
  if (phase.topology->cores.size() == 1) {
    if (all_busy >= 0.5 * all) return fmt::format("{} of the core busy", all_siblings(*phase.topology));
    if (all_busy < 0.05 * all && s.single >= 0.5 * all) return "one sibling of the core busy, the other idle";
  }
  if (phase.while_idle_time >= 0.5 * length) return "threads share a core while another core is idle";
  if (all_busy < 0.05 * all && s.single > 0.1 * all) return "busy threads have cores of their own";
  if (all_busy < 0.25 * all && s.single >= 0.6 * all) return "busy threads mostly have cores of their own";
  if (s.idle < 0.1 * all && all_busy > 0.5 * all) return "nearly every core is shared";
  if (all_busy >= 0.05 * all)
    return fmt::format("{} busy {} of core time", all_siblings(*phase.topology), text::percent(all_busy / all));
  return "lightly busy";
}

}  // namespace

void tell(ReportPhase& phase) {
  phase.title = title_of(phase);
  for (std::string line : {where(phase), who(phase), meanwhile(phase), waits(phase)})
    if (!line.empty()) phase.lines.push_back(sentence(std::move(line)));
}

}  // namespace smtscope::report
