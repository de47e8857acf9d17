// SPDX-License-Identifier: Apache-2.0
// The verdict: rules, each a test and a sentence. The order is that of the page; the first that holds is its headline.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "views/report_parts.h"
#include "views/report_words.h"
#include "views/stat_of.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

constexpr double kUnknownMatters = 0.05;  // of core time
constexpr double kIdleMatters = 0.02;     // of the time measured, in which a core was idle beside a shared one
constexpr double kHardlyShared = 0.02;    // of core time
constexpr double kMuchShared = 0.2;
constexpr double kNearlyFull = 0.1;     // of core time idle
constexpr double kWorthALook = 0.05;    // of all CPU time
constexpr double kBesideMatters = 0.2;  // of a workload's own CPU time
constexpr uint64_t kEnoughSamples = 20;
constexpr double kSlowWaitUs = 5'000, kFineWaitUs = 1'000;
constexpr double kWaitMatters = 0.05, kWaitHurts = 0.2;  // of the time a workload wanted a CPU
constexpr size_t kToldPhases = 5;

struct Facts {
  const ReportView& view;
  bool smt = false;
  double core_seconds = 0;                     // known and unknown
  double cpu_seconds = 0;                      // of all workloads
  double all_busy = 0, idle = 0, unknown = 0;  // shares of core time; the first two of what is known
  const ReportPhase* worst = nullptr;          // most time shared while another core was idle
  const EntityFigures* beside = nullptr;       // largest share of its time beside others
  const EntityFigures* itself = nullptr;       // the same beside its own threads
  const EntityFigures* waiter = nullptr;       // longest in all, of those with slow waits
};

double share_in(const EntityFigures& e, ClassColumn column) { return e.oncpu[column] / e.busy_seconds(); }

// Of the time that it wanted a CPU.
double waited_share(const EntityFigures& e) {
  const double waited = e.runqueue ? e.runqueue->sum_seconds : 0;
  return waited > 0 ? waited / (waited + e.busy_seconds()) : 0;
}

Facts facts_of(const ReportView& view) {
  Facts f{view};
  f.smt = view.topology->threads_per_core() > 1;
  const StateSeconds& s = view.whole.node;
  f.core_seconds = total(s);
  const double known = f.core_seconds - s.unknown;
  if (known > 0) f.all_busy = s.all_busy.value_or(0) / known, f.idle = s.idle / known;
  if (f.core_seconds > 0) f.unknown = s.unknown / f.core_seconds;
  for (const EntityFigures& e : view.whole.entities) f.cpu_seconds += e.busy_seconds();
  for (const ReportPhase& phase : view.phases)
    if (phase.while_idle_time > (f.worst ? f.worst->while_idle_time : 0)) f.worst = &phase;
  for (const EntityFigures& e : view.whole.entities) {
    if (!is_workload(e.who)) continue;
    if (e.busy_seconds() >= kWorthALook * f.cpu_seconds && e.busy_seconds() > 0) {
      if (!f.beside || share_in(e, kClassOther) > share_in(*f.beside, kClassOther)) f.beside = &e;
      if (!f.itself || share_in(e, kClassSame) > share_in(*f.itself, kClassSame)) f.itself = &e;
    }
    if (!e.runqueue || e.runqueue->count < kEnoughSamples || e.runqueue->p99_us.value_or(0) < kSlowWaitUs) continue;
    if (waited_share(e) < kWaitMatters || e.runqueue->sum_seconds < 0.01 * view.measured) continue;
    if (!f.waiter || e.runqueue->sum_seconds > f.waiter->runqueue->sum_seconds) f.waiter = &e;
  }
  return f;
}

std::string of_the_time(const Facts& f, double seconds) {
  return fmt::format("{} ({} of the time)", span(seconds), text::percent(seconds / f.view.measured));
}

double pair_seconds(const SchedulerFigures& figures, const PairFigures& pair) {
  for (const PairFigures& p : figures.pairs)
    if (p.a == pair.a && p.b == pair.b) return p.seconds;
  return 0;
}

// Seconds of phases [from, to) if the two ran there at the same time and hardly ever beside each other; else 0.
double apart(const Facts& f, size_t from, size_t to, const PairFigures& pair) {
  double seconds = 0, busy = 0, beside = 0;
  for (size_t i = from; i < to; i++) {
    const SchedulerFigures& figures = f.view.phases[i].figures;
    const EntityIndex index = index_entities(figures);
    for (const uint32_t id : {pair.a, pair.b})
      if (const EntityFigures* e = find_entity(index, id)) busy += e->busy_seconds();
    seconds += figures.window_seconds;
    beside += pair_seconds(figures, pair);
  }
  return busy >= 1.5 * seconds && beside <= 0.1 * seconds ? seconds : 0;
}

// What became of the two that sat together, or what was before.
std::string what_else(const Facts& f) {
  const PairFigures* most = first_pair(f.worst->figures);
  if (!most || most->a == most->b) return "";
  const PairFigures& pair = *most;
  const std::vector<ReportPhase>& phases = f.view.phases;
  const auto together = [&](const ReportPhase& phase) {
    return pair_seconds(phase.figures, pair) >= 0.3 * phase.figures.window_seconds;
  };
  const auto first = static_cast<size_t>(std::find_if(phases.begin(), phases.end(), together) - phases.begin());
  const auto after = static_cast<size_t>(phases.rend() - std::find_if(phases.rbegin(), phases.rend(), together));
  if (const double seconds = apart(f, after, phases.size(), pair); seconds > 0)
    return fmt::format(" Then they ran on different cores, for {}.", span(seconds));
  if (const double seconds = apart(f, 0, first, pair); seconds > 0 && first < phases.size())
    return fmt::format(" Before that they ran on different cores, for {}.", span(seconds));
  return "";
}

std::string while_idle_sentence(const Facts& f) {
  const bool two = f.view.topology->threads_per_core() == 2;
  const double share = first_pair_share(f.worst->figures);
  const std::string pair = first_pair_words(f.worst->figures);
  const std::string whom = pair.empty() ? "" : (share < 0.6 ? ": most of all " : ": ") + pair;
  return fmt::format("For at least {} {} on one core while another core was idle{}.{}",
                     of_the_time(f, f.view.while_idle_time), two ? "two threads sat" : "threads of all siblings sat",
                     whom, what_else(f));
}

// The shared core's threads may not run where it was idle.
bool hindered(const Facts& f) {
  if (!f.worst || f.view.while_idle_time < kIdleMatters * f.view.measured) return false;
  const PlacementFigures& p = f.worst->figures.placement;
  return f.worst->while_idle >= 0.8 * f.worst->figures.node.all_busy.value_or(0) &&
         p.sampled.value_or(0) >= kEnoughSamples && p.avoidable_high.value_or(1) <= 0.25;
}

std::string waits_sentence(const Facts& f) {
  const RunqueueFigures& r = *f.waiter->runqueue;
  return fmt::format(
      "{} waited for a CPU {} of the time that it wanted one: {} in all, one wait of a hundred longer than {}{}.",
      name_of(f.waiter->who), text::percent(waited_share(*f.waiter)), span(r.sum_seconds), text::duration_us(*r.p99_us),
      r.max_us ? fmt::format(", the longest up to {}", text::duration_us(*r.max_us)) : "");
}

std::string shared_sentence(const Facts& f) {
  const std::string pair = first_pair_words(f.view.whole);
  std::string out =
      fmt::format("{} had {} busy {} of the time", f.view.topology->cores.size() == 1 ? "The core" : "Cores",
                  all_siblings(*f.view.topology), text::percent(f.all_busy));
  if (!pair.empty()) out += (first_pair_share(f.view.whole) < 0.6 ? ", most of all " : ": ") + pair;
  if (f.idle < kNearlyFull && f.view.topology->cores.size() > 1)
    out += fmt::format("; cores were idle only {}, so there was hardly another place", text::percent(f.idle));
  return out + ".";
}

// The phases in order, those that are called the same as one.
std::string story_sentence(const Facts& f) {
  const std::vector<ReportPhase>& phases = f.view.phases;
  std::string out = "In order: ";
  size_t told = 0;
  for (size_t i = 0; i < phases.size(); told++) {
    size_t end = i + 1;
    while (end < phases.size() && phases[end].title == phases[i].title) end++;
    if (told == kToldPhases)
      return out + fmt::format("; and {} more phase{}.", phases.size() - i, phases.size() - i == 1 ? "" : "s");
    if (told > 0) out += "; then ";
    out += fmt::format("{} {}", span(phases[end - 1].end - phases[i].start), phases[i].title);
    const SchedulerFigures& figures = phases[i].figures;
    if (figures.node.all_busy.value_or(0) >= kMuchShared * (total(figures.node) - figures.node.unknown) &&
        !first_pair_words(figures).empty())
      out += fmt::format(" ({})", first_pair_words(figures));
    i = end;
  }
  return out + ".";
}

std::string neighbour_clause(const Facts& f, const EntityFigures& e) {
  const PairFigures* most = nullptr;
  for (const PairFigures& pair : f.view.whole.pairs)
    if (pair.a != pair.b && (pair.a == e.who.id || pair.b == e.who.id) && (!most || pair.seconds > most->seconds))
      most = &pair;
  if (!most) return "";
  const uint32_t other = most->a == e.who.id ? most->b : most->a;
  return fmt::format(", beside {} {}", name_of(f.view.whole, other), text::percent(share_of(e, *most).value_or(0)));
}

std::string capacity_sentence(const Facts& f) {
  const CapacityFigures& c = f.view.whole.capacity;
  if (!c.true_used) {
    return fmt::format("How much room is left is not stated: {}.", why_no_true_use(c, *f.view.topology));
  }
  return fmt::format("True use was {} (two siblings together do {:.1f}-{:.1f} of one alone: assumed, not measured).",
                     text::percent_range(c.true_used->low, c.true_used->high), c.true_used->yield_low,
                     c.true_used->yield_high);
}

bool calm(const Facts& f) {
  return f.smt && f.core_seconds > 0 && f.unknown < kUnknownMatters && f.all_busy < kHardlyShared &&
         f.view.while_idle_time < kIdleMatters * f.view.measured &&
         (!f.beside || share_in(*f.beside, kClassOther) + share_in(*f.beside, kClassUnknown) < kBesideMatters);
}

bool waits_fine(const Facts& f) {
  size_t measured = 0;
  for (const EntityFigures& e : f.view.whole.entities) {
    if (!e.runqueue) return false;
    if (e.runqueue->count < kEnoughSamples) continue;
    measured++;
    if (!e.runqueue->p99_us || *e.runqueue->p99_us > kFineWaitUs) return false;
  }
  return measured > 0;
}

struct Rule {
  std::string_view name;
  Tone tone;
  bool (*test)(const Facts&);
  std::string (*sentence)(const Facts&);
};

const std::array kRules = {
    Rule{"nothing", Tone::unknown, [](const Facts& f) { return !(f.core_seconds > 0); },
         [](const Facts&) { return std::string("Nothing was measured: the report holds no interval."); }},
    Rule{"shared_while_idle", Tone::bad,
         [](const Facts& f) { return f.worst && f.view.while_idle_time >= kIdleMatters * f.view.measured; },
         while_idle_sentence},
    Rule{"hindered", Tone::note, hindered,
         [](const Facts& f) {
           const PlacementFigures& p = f.worst->figures.placement;
           return fmt::format(
               "Of the moments looked at, in {} was another core both idle and allowed for the thread: CPU "
               "affinity or cpusets seem to keep these threads together.",
               text::percent_range(*p.avoidable_low, *p.avoidable_high));
         }},
    Rule{"waits_long", Tone::bad, [](const Facts& f) { return f.waiter && waited_share(*f.waiter) >= kWaitHurts; },
         waits_sentence},
    Rule{"shared", Tone::note,
         [](const Facts& f) {
           return f.smt && f.all_busy >= kMuchShared && f.view.while_idle_time < kIdleMatters * f.view.measured;
         },
         shared_sentence},
    Rule{"story", Tone::note, [](const Facts& f) { return f.view.phases.size() > 1; }, story_sentence},
    Rule{"beside", Tone::note,
         [](const Facts& f) { return f.beside && share_in(*f.beside, kClassOther) >= kBesideMatters; },
         [](const Facts& f) {
           return fmt::format(
               "{} spent {} of its CPU time beside another workload{}. What that cost it is not measured.",
               name_of(f.beside->who), text::percent(share_in(*f.beside, kClassOther)), neighbour_clause(f, *f.beside));
         }},
    Rule{"itself", Tone::note,
         [](const Facts& f) { return f.itself && share_in(*f.itself, kClassSame) >= kBesideMatters; },
         [](const Facts& f) {
           return fmt::format("{} spent {} of its CPU time beside threads of its own.", name_of(f.itself->who),
                              text::percent(share_in(*f.itself, kClassSame)));
         }},
    Rule{"waits", Tone::note, [](const Facts& f) { return f.waiter && waited_share(*f.waiter) < kWaitHurts; },
         waits_sentence},
    Rule{"avoidable", Tone::note,
         [](const Facts& f) {
           const PlacementFigures& p = f.view.whole.placement;
           return f.view.topology->cores.size() > 1 && p.sampled.value_or(0) >= kEnoughSamples && p.avoidable_low &&
                  *p.avoidable_low >= 0.02;
         },
         [](const Facts& f) {
           const PlacementFigures& p = f.view.whole.placement;
           return fmt::format(
               "In {} of the moments when a core's last sibling became busy, another core of that cache "
               "was idle and allowed ({} of {} looked at).",
               text::percent_range(*p.avoidable_low, *p.avoidable_high), text::count(*p.avoidable),
               text::count(*p.sampled));
         }},
    Rule{"calm", Tone::good, calm,
         [](const Facts& f) {
           return fmt::format(
               "No trouble between siblings: cores had {} busy only {} of the time. Sharing cores is not "
               "what slowed anything in these {}.",
               all_siblings(*f.view.topology), text::percent(f.all_busy), span(f.view.measured));
         }},
    Rule{"waits_fine", Tone::good, waits_fine,
         [](const Facts&) {
           return std::string("Nobody waited long for a CPU: of every workload, 99 of 100 waits were at most 1 ms.");
         }},
    Rule{"no_siblings", Tone::note, [](const Facts& f) { return f.core_seconds > 0 && !f.smt; },
         [](const Facts&) {
           return std::string(
               "No core has an SMT sibling here, so nothing could sit beside anything (--siblings states them where a "
               "VM hides them).");
         }},
    Rule{"capacity", Tone::note, [](const Facts& f) { return f.smt && f.core_seconds > 0; }, capacity_sentence},
    Rule{"unknown_time", Tone::unknown, [](const Facts& f) { return f.unknown >= kUnknownMatters; },
         [](const Facts& f) {
           return fmt::format("{} of core time is unknown; all that is said here is of the rest.",
                              text::percent(f.unknown));
         }},
    Rule{"lost", Tone::unknown, [](const Facts& f) { return f.view.whole.lost.switches > 0; },
         [](const Facts& f) {
           return fmt::format("{} switches were lost; the {} that they leave open are booked as unknown.",
                              text::count(f.view.whole.lost.switches), span(f.view.whole.lost.seconds));
         }},
    Rule{"gaps", Tone::unknown, [](const Facts& f) { return f.view.gaps > 0; },
         [](const Facts& f) {
           return fmt::format("Nothing was measured for {} in {} gap{}.", span(f.view.gap_seconds), f.view.gaps,
                              f.view.gaps == 1 ? "" : "s");
         }},
    Rule{"changed", Tone::unknown, [](const Facts& f) { return !f.view.changes.empty(); },
         [](const Facts& f) { return fmt::format("The machine changed meanwhile: {}.", f.view.changes.front()); }},
    Rule{
        "of_absent", Tone::unknown, [](const Facts& f) { return f.view.source.of && !f.view.of; },
        [](const Facts& f) { return fmt::format("{} had no CPU time in this time.", text::clean(*f.view.source.of)); }},
};

}  // namespace

std::vector<VerdictLine> verdict(const ReportView& view) {
  const Facts facts = facts_of(view);
  std::vector<VerdictLine> lines;
  for (const Rule& rule : kRules)
    if (rule.test(facts)) lines.push_back({rule.name, rule.tone, sentence(rule.sentence(facts))});
  if (lines.empty() ||
      (lines.front().rule == "capacity" || lines.front().rule == "story" || lines.front().tone == Tone::unknown)) {
    const StateSeconds& s = view.whole.node;
    const double all = total(s);
    if (all > 0)
      lines.insert(lines.begin(),
                   {"summary", Tone::note,
                    fmt::format("Cores were idle {} of the time; nothing stands out.", text::percent(s.idle / all))});
  }
  return lines;
}

}  // namespace smtscope::report
