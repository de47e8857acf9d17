// SPDX-License-Identifier: Apache-2.0
// What changed most, in one sentence: one clause on the node, at most two on entities, each by a score that says how
// much of the node, or of the entity, is concerned.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/diff_words.h"
#include "views/text_format.h"

namespace smtscope::diff {
namespace {

constexpr double kLeastShare = 0.01;     // of the node's cores or CPUs: less is not worth a sentence
constexpr double kLeastBeside = 0.05;    // of an entity's own time
constexpr double kLeastOfCpu = 0.01;     // of all CPU time: entities with less are not named
constexpr double kLeastWaitRatio = 1.5;  // above the width of a bucket by far
constexpr double kLeastWaitUs = 50;
constexpr size_t kMostName = 40;

struct Clause {
  double score = 0;
  std::string text;
  bool separate = false;
};

std::string name_of(const Entity& who) {
  return who.name == "/" ? "the root cgroup" : text::cut(text::clean(who.name), kMostName);
}
bool separate(const DiffFigure& f) { return f.change.separate.value_or(false); }
std::string cpus(double n) { return n > 0 && n < 0.005 ? "<0.01" : fmt::format("{:.2f}", n); }
bool both(const DiffFigure& f) { return f.a && f.b; }

std::string_view all_siblings(const DiffView& view) {
  return view.most_siblings == 2 ? "both siblings" : "all siblings";
}

// How many logical CPUs the larger side used per share: on-CPU time over share of CPUs.
double total_cpu(const DiffView& view) {
  const DiffFigure& f = node_figure(view, "oncpu_rate");
  return std::max(f.a ? f.a->mean : 0, f.b ? f.b->mean : 0);
}

void add_share(const DiffView& view, std::string_view name, double weight, const std::string& format,
               std::vector<Clause>& out) {
  const DiffFigure& f = node_figure(view, name);
  if (!both(f) || std::abs(*f.change.absolute) < kLeastShare) return;
  out.push_back({weight * std::abs(*f.change.absolute),
                 fmt::format(fmt::runtime(format), text::percent(f.b->median), text::percent(f.a->median)),
                 separate(f)});
}

std::optional<double> wait_ratio(const DiffFigure& f) {
  if (!both(f) || !(f.a->median > 0) || !(f.b->median > 0)) return std::nullopt;
  if (std::abs(*f.change.absolute) < kLeastWaitUs) return std::nullopt;
  const double ratio = std::max(f.a->median / f.b->median, f.b->median / f.a->median);
  return ratio >= kLeastWaitRatio ? std::optional(ratio) : std::nullopt;
}

std::vector<Clause> node_clauses(const DiffView& view) {
  std::vector<Clause> out;
  add_share(view, "all_busy", 1.2, std::string(all_siblings(view)) + " were busy {} of core time instead of {}", out);
  add_share(view, "core_used", 1.0, "cores had work {} of the time instead of {}", out);
  add_share(view, "cpu_used", 0.9, "CPU use was {} instead of {}", out);
  const DiffFigure& wait = node_figure(view, "wait_p99");
  if (const auto ratio = wait_ratio(wait))
    out.push_back({0.1 * std::log2(*ratio),
                   fmt::format("one wait for a CPU in a hundred took {} or more instead of {}",
                               text::duration_us(wait.b->median), text::duration_us(wait.a->median)),
                   separate(wait)});
  return out;
}

// The strongest thing to say of one entity.
std::optional<Clause> entity_clause(const DiffEntity& e, double cpu) {
  const double most = std::max(e.a_rate, e.b_rate);
  if (e.who.kind == EntityKind::other || !(most > 0) || most < kLeastOfCpu * cpu) return std::nullopt;
  const std::string name = name_of(e.who);
  std::vector<Clause> found;
  const DiffFigure& rate = e.figure("oncpu_rate");
  if (both(rate)) {
    const double moved = std::abs(rate.b->mean - rate.a->mean), score = moved / std::max(cpu, 1e-9) * 0.5;
    if (!e.in_a || !e.in_b) {
      const Spread& there = e.in_a ? *rate.a : *rate.b;
      found.push_back({score * 1.2,
                       fmt::format("{} {} ({} CPUs)", name, e.in_a ? "is gone" : "is new", cpus(there.mean)),
                       separate(rate)});
    } else if (moved >= kLeastOfCpu * cpu) {
      found.push_back({score,
                       fmt::format("{} used {} CPUs instead of {}", name, cpus(rate.b->mean), cpus(rate.a->mean)),
                       separate(rate)});
    }
  }
  const bool lasting = std::min(e.a_rate, e.b_rate) >= kLeastOfCpu * cpu && e.who.kind != EntityKind::kernel;
  struct Beside {
    const char* figure;
    const char* words;
    double weight;
  };
  static constexpr Beside kBeside[] = {{"sibling_other", "sat beside others", 0.7},
                                       {"sibling_idle", "was alone on its core", 0.65},
                                       {"sibling_same", "sat beside itself", 0.6}};
  for (const Beside& beside : kBeside) {
    const DiffFigure& f = e.figure(beside.figure);
    if (!lasting || !both(f) || std::abs(*f.change.absolute) < kLeastBeside) continue;
    found.push_back({beside.weight * std::abs(*f.change.absolute),
                     fmt::format("{} {} {} of its time instead of {}", name, beside.words, text::percent(f.b->median),
                                 text::percent(f.a->median)),
                     separate(f)});
  }
  const DiffFigure& wait = e.figure("wait_p99");
  if (const auto ratio = wait_ratio(wait); lasting && ratio)
    found.push_back({0.08 * std::log2(*ratio),
                     fmt::format("{} waited {} for a CPU at p99 instead of {}", name, text::duration_us(wait.b->median),
                                 text::duration_us(wait.a->median)),
                     separate(wait)});
  if (found.empty()) return std::nullopt;
  // What stands out of the windows comes before what is merely large.
  return *std::max_element(found.begin(), found.end(), [](const Clause& l, const Clause& r) {
    return std::pair(l.separate, l.score) < std::pair(r.separate, r.score);
  });
}

std::vector<Clause> entity_clauses(const DiffView& view) {
  std::vector<Clause> out;
  const double cpu = total_cpu(view);
  for (const DiffEntity& e : view.entities)
    if (auto clause = entity_clause(e, cpu)) out.push_back(std::move(*clause));
  return out;
}

void keep_best(std::vector<Clause>& clauses, size_t most) {
  std::stable_sort(clauses.begin(), clauses.end(), [](const Clause& l, const Clause& r) { return l.score > r.score; });
  clauses.resize(std::min(clauses.size(), most));
}

std::string joined(const std::vector<Clause>& clauses) {
  std::string out;
  for (const Clause& clause : clauses) out += (out.empty() ? "" : "; ") + clause.text;
  return out;
}

// "A unit of work took 26.1 us of CPU time instead of 24.3 us (+7 %)".
std::string work_clause(const DiffView& view) {
  const auto one = [&](const DiffFigure& f, const std::string& what) -> std::string {
    if (!f.per_work || !f.per_work->a || !f.per_work->b) return "";
    const DiffPerWork& w = *f.per_work;
    return fmt::format("{} of {} instead of {} ({}{})", with_unit(f.def->show, w.b->mean, true), what,
                       with_unit(f.def->show, w.a->mean, true), percent_change(w.change),
                       w.change.separate && !*w.change.separate ? ", within the spread" : "");
  };
  std::string cpu, cores;
  if (view.of) {
    if (!view.entities.empty()) cpu = one(view.entities.front().figure("oncpu_rate"), "its CPU time");
  } else {
    cpu = one(node_figure(view, "oncpu_rate"), "CPU time");
    cores = one(node_figure(view, "core_busy_rate"), "core time");
  }
  if (cpu.empty()) return "";
  return "A unit of work took " + cpu + (cores.empty() ? "" : " and " + cores) + ". ";
}

}  // namespace

std::string sentence(const DiffView& view) {
  std::vector<Clause> node = view.of ? std::vector<Clause>{} : node_clauses(view), some = entity_clauses(view);
  const std::string work = work_clause(view);
  const bool ranges = view.a.windows > 1 && view.b.windows > 1;
  if (!ranges) {
    keep_best(node, 1);
    keep_best(some, 2);
    node.insert(node.end(), some.begin(), some.end());
    const std::string which = view.a.windows > 1 ? "B has" : view.b.windows > 1 ? "A has" : "Each side has";
    const std::string head = which + " one window only, so nothing says whether a difference is more than chance. ";
    return head + work +
           (node.empty() ? "No difference worth a sentence." : "What changed most: " + joined(node) + ".");
  }
  const auto within = [](const Clause& clause) { return !clause.separate; };
  std::vector<Clause> inside(node);
  inside.insert(inside.end(), some.begin(), some.end());
  std::erase_if(inside, std::not_fn(within));
  std::erase_if(node, within);
  std::erase_if(some, within);
  keep_best(node, 1);
  keep_best(some, 2);
  node.insert(node.end(), some.begin(), some.end());
  if (!node.empty()) return work + "What changed most: " + joined(node) + ".";
  keep_best(inside, 1);
  return work + "No change beyond the spread of windows" +
         (inside.empty() ? "." : "; the largest difference within it: " + joined(inside) + ".");
}

}  // namespace smtscope::diff
