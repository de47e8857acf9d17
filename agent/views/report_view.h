// SPDX-License-Identifier: Apache-2.0
// The page of `report`: one value, written as HTML for people and as JSON for programs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "derive/scheduler_figures.h"
#include "model/frame.h"
#include "model/run_facts.h"
#include "views/report_knots.h"

namespace smtscope {

inline constexpr size_t kReportWindows = 120;  // most columns of the map
inline constexpr size_t kReportRows = 256;     // most rows of it

// A row of the map: a core, or on very large nodes some neighbours of one package.
struct ReportRow {
  std::vector<uint32_t> cores;
  std::vector<uint32_t> cpus;
  std::optional<uint32_t> package;
  StateSeconds seconds;  // of the whole report
};

struct ReportWindow {
  double start = 0;  // seconds since the report's start, by the wall clock
  double end = 0;
  bool after_gap = false;  // nothing was measured between the window before and this one
  StateSeconds node;
  std::vector<StateSeconds> rows;  // as ReportView::rows
};

// Time in which the node did much the same.
struct ReportPhase {
  double start = 0;
  double end = 0;
  std::shared_ptr<const Topology> topology;
  SchedulerFigures figures;  // entity ids as in ReportView::whole
  // Core seconds that all siblings of one core were busy while another core of its cache was idle: at least.
  double while_idle = 0;
  double while_idle_time = 0;      // seconds in which that was so for at least one core: at least
  std::string title;               // a few words
  std::vector<std::string> lines;  // sentences; names in them are clean
};

enum class Tone { bad, note, good, unknown };
[[nodiscard]] std::string_view tone_word(Tone tone);

struct VerdictLine {
  std::string_view rule;
  Tone tone = Tone::note;
  std::string text;  // names in it are clean
};

struct OwnCost {
  double cpu_seconds = 0;  // of the process that measured
  uint64_t memory_bytes = 0;
  std::optional<double> run_ns;  // of the program at sched_switch, on average; none: not counted
};

// What is said beside the frames.
struct ReportSource {
  std::string version;                // of the program that writes the report
  std::optional<std::string> file;    // none: measured live
  std::vector<std::string> warnings;  // of the recording
  int utc_offset_seconds = 0;         // of the times on the page
  std::optional<std::string> of;      // --of, as the user said it
};

struct ReportView {
  ReportSource source;
  RunFacts run;                              // the newest
  std::shared_ptr<const Topology> topology;  // that held longest
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  int64_t start_unix_ms = 0;
  int64_t end_unix_ms = 0;
  double seconds = 0;   // from start to end, gaps included
  double measured = 0;  // without gaps
  std::vector<ReportRow> rows;
  std::vector<ReportWindow> windows;
  std::vector<ReportPhase> phases;
  size_t phases_left_out = 0;
  SchedulerFigures whole;
  double while_idle = 0;  // sums of the phases'
  double while_idle_time = 0;
  std::optional<uint32_t> of;  // entity of `whole`
  double gap_seconds = 0;
  size_t gaps = 0;
  std::vector<std::string> changes;  // of topology and settings, in order
  size_t unlisted = 0;               // entities that are gone and in no table
  double unlisted_seconds = 0;
  OwnCost cost;
  std::vector<VerdictLine> verdict;  // never empty; the first is the headline
};

// Whether this is the entity that --of means: name, end of the cgroup path, pid, command.
[[nodiscard]] bool called(const Entity& who, const std::string& name);

// From all frames of one measurement or recording. `knots` is thinned.
[[nodiscard]] ReportView report_view(Knots& knots, ReportSource source);

[[nodiscard]] std::string report_html(const ReportView& view);

// One line of JSON, without the newline.
[[nodiscard]] std::string report_json(const ReportView& view);

}  // namespace smtscope
