// SPDX-License-Identifier: Apache-2.0
// The figures that `diff` lays side by side, and how each is read from one window. A new signal adds its lines here.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "derive/scheduler_figures.h"
#include "model/metric.h"

namespace smtscope::diff {

// One window of one recording.
struct WindowFigures {
  double seconds = 0;          // that a core was accounted, on average
  uint32_t most_siblings = 0;  // of any core
  SchedulerFigures figures;
  std::optional<RunqueueFigures> waits;  // of all entities
  Reason no_waits = Reason::ok;          // why there are none
  Reason no_entities = Reason::ok;       // not ok: nothing is known of entities in this window
  Reason no_pairs = Reason::ok;
};

struct Measured {
  std::optional<double> value;
  Reason why = Reason::ok;  // there is none
};

// How a figure is shown. In JSON shares are 0..1, times a second in s/s, waits in us.
enum class Show { share, seconds, count, wait };

struct FigureDef {
  std::string_view name;
  std::string_view label;  // "@": both, or all where cores have more than two siblings
  Show show = Show::share;
  bool per_work = false;  // adds up: it can be had per unit of work
};

struct NodeFigureDef : FigureDef {
  Measured (*value)(const WindowFigures&) = nullptr;
};
// Shares first, then rates, then waits.
[[nodiscard]] std::span<const NodeFigureDef> node_figures();

// What is kept of an entity in a window, by column; a wait without a value is NaN.
enum EntityColumn : uint32_t {
  kOnCpu = 0,  // kClassColumns of them
  kWaits = kClassColumns,
  kWaited,
  kWaitP50,
  kWaitP99,
  kEntityColumns
};
// Figure of an entity from these columns, of a window of so many seconds.
struct EntityFigureDef : FigureDef {
  Measured (*value)(const double* columns, double seconds) = nullptr;
};
[[nodiscard]] std::span<const EntityFigureDef> entity_figures();
void entity_columns(const EntityFigures& entity, double* columns);

[[nodiscard]] std::string_view unit_of(Show show);       // "1", "s/s", "1/s", "us"
[[nodiscard]] std::string_view work_unit_of(Show show);  // "s/unit", "1/unit"

}  // namespace smtscope::diff
