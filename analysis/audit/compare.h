// SPDX-License-Identifier: Apache-2.0
// The online accounting beside the sweep of a log of the same windows: differences, what is allowed, a verdict.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/checks.h"
#include "audit/online.h"
#include "audit/slack.h"
#include "audit/sweep.h"

namespace smtscope::audit {

// How far apart two observers of one hook may be, on top of what slack_of() finds in the log.
struct Tolerance {
  double states = 2e-5;  // share of a core's window
  double pairs = 1e-4;   // share of the windows of the cores on which the pair (or entity) ran
};

// One core's window swept by both rules: an accounting without hindsight may know either.
struct OfflineCore {
  CoreTimes hindsight;
  CoreTimes without;
  Slack slack;
};

// Two numbers for one thing, in seconds.
struct Compared {
  double online = 0;
  double offline = 0;
  double allowed = 0;
  [[nodiscard]] double difference() const { return online - offline; }
  [[nodiscard]] double excess() const;  // size of the difference as a multiple of what is allowed
};
struct StateRow : Compared {
  uint32_t core = 0;
  State state = kStateIdle;
  double window = 0;  // of the core
};
struct Party {
  std::optional<uint32_t> id;  // none: the online side never named it
  Who who = kUnknown;
  std::string name;
};
struct PairRow : Compared {
  Party a, b;
};
struct EntityRow : Compared {
  Party entity;
  Class beside = kBesideIdle;
};

// What the log says of itself.
struct LogFacts {
  uint64_t records = 0;        // in the windows compared
  uint64_t dropped = 0;        // switches without room within them: the log is no witness
  uint64_t seen_losses = 0;    // lost switches that the task left tells of: the online side must count them too
  uint64_t hidden_losses = 0;  // ... that only the kernel's count of switches tells of
  uint64_t backwards = 0;      // readings before the one before, on one CPU
  uint64_t most_backwards_ns = 0;
  uint64_t apart_ns = 0;  // between the two clock readings of a switch at most, on average
  uint32_t cpus = 0;
};

enum class Verdict { agrees, differs, inconclusive };
[[nodiscard]] const char* verdict_word(Verdict verdict);

struct Report {
  double window_seconds = 0;  // from the first start of any core to the last end
  uint64_t start_ns = 0, end_ns = 0;
  uint32_t intervals = 0;
  double core_seconds = 0;          // sum of all cores' windows
  std::vector<StateRow> states;     // by core, then state; only states that the core has
  std::vector<PairRow> pairs;       // largest difference first
  std::vector<EntityRow> entities;  // largest difference first
  std::vector<std::string> inconsistencies;
  std::vector<std::string> notes;  // worth knowing, no fault
  uint64_t changes = 0, state_changes = 0;
  uint64_t online_lost = 0, contended = 0;
  double proc_stat_busy = 0, online_busy = 0;  // CPU seconds
  LogFacts log;
  Verdict verdict = Verdict::inconclusive;
  std::string reason;
};

class Comparison {
 public:
  // `id_kind`: what a Who is for people where nobody named it: "cgroup" or "pid".
  explicit Comparison(std::string id_kind, Tolerance tolerance = {})
      : id_kind_(std::move(id_kind)), tolerance_(tolerance) {}

  // The next interval with what the sweep says of each of its cores, in their order (an empty window: nothing).
  void add(const OnlineInterval& online, const std::vector<OfflineCore>& offline);
  // An interval that cannot be compared: the next one does not follow on the last.
  void skip() { last_.reset(); }
  [[nodiscard]] Report report(const LogFacts& log) const;

 private:
  struct CoreSum {
    size_t siblings = 0;
    double window = 0;
    std::array<double, kStates> online{};
    OfflineCore offline;
    // The rule whose unknown time is nearer to the online side's.
    [[nodiscard]] const CoreTimes& nearer() const;
    [[nodiscard]] double unknown_apart() const;
  };
  struct Offline;  // sums over cores
  using Pair = std::pair<Who, Who>;
  using Classes = std::array<double, kClasses>;

  void add_online(const OnlineInterval& online);
  [[nodiscard]] Offline offline() const;
  [[nodiscard]] Party party(Who who) const;
  [[nodiscard]] double given_up() const;
  void state_rows(Report& report) const;
  void pair_rows(const Offline& offline, Report& report) const;
  void entity_rows(const Offline& offline, Report& report) const;
  [[nodiscard]] double share_allowed(double windows, double slack) const;
  void judge_log(Report& report) const;
  void judge(Report& report) const;

  std::string id_kind_;
  Tolerance tolerance_;
  std::map<uint32_t, CoreSum> cores_;
  std::map<Pair, double> pairs_;
  std::map<Who, Classes> entities_;
  std::map<Who, Party> parties_;
  std::optional<OnlineInterval> last_;
  Findings findings_;
  uint64_t start_ns_ = 0, end_ns_ = 0;
  uint32_t intervals_ = 0;
  uint64_t lost_ = 0, contended_ = 0;
  double lost_seconds_ = 0;
  double dropped_ = 0;
  double proc_stat_busy_ = 0, busy_ = 0;
};

}  // namespace smtscope::audit
