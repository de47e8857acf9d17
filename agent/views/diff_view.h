// SPDX-License-Identifier: Apache-2.0
// The screen of `diff`: one value, written as text for people and as JSON for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compare/spread.h"
#include "model/result.h"
#include "views/diff_side.h"

namespace smtscope {

// Per unit of work: the mean over all windows, for what a unit costs is a total over a total.
struct DiffPerWork {
  std::optional<Spread> a, b;
  Change change;
};

struct DiffFigure {
  const diff::FigureDef* def = nullptr;
  std::optional<Spread> a, b;
  Reason a_why = Reason::ok, b_why = Reason::ok;  // there is none
  Change change;
  std::optional<DiffPerWork> per_work;  // if the work is known and the figure adds up
};

struct DiffEntity {
  Entity who;  // both sides' kind and name
  bool in_a = false, in_b = false;
  std::vector<DiffFigure> figures;  // as diff::entity_figures(); unknown ones too
  double a_rate = 0, b_rate = 0;    // CPU seconds a second over all windows
  double moved = 0;                 // CPU seconds a second that came, went or changed neighbours
  [[nodiscard]] const DiffFigure& figure(std::string_view name) const;
};

struct DiffPair {
  Entity first, second;                    // the first is a workload if one of them is, and the one with less time
  DiffFigure seconds;                      // a second
  std::optional<double> a_share, b_share;  // of the first's own CPU time, over all windows
};

struct DiffSource {
  std::string label;  // "A"
  std::string file;
  std::optional<std::string> from, to;  // as the user said them
  std::vector<std::string> warnings;
};

struct DiffSide {
  DiffSource source;
  int64_t start_unix_ms = 0, end_unix_ms = 0;
  size_t windows = 0;
  double window_seconds = 0;  // of all windows together
  diff::LeftOut partial;
  size_t across_breaks = 0, across_changes = 0;
  diff::Conditions conditions;
  uint32_t most_siblings = 0;
  std::vector<NotMeasured> not_measured;
};

// Units of work a second, as the user states them. Instructions will be another source.
struct DiffWork {
  double a = 0, b = 0;
};

struct DiffView {
  DiffSide a, b;
  uint64_t window_ns = 0;
  uint64_t asked_window_ns = 0;  // by the user; 0: chosen
  int utc_offset_seconds = 0;    // of the times in the text
  std::optional<DiffWork> work;
  std::vector<diff::ConditionPair> conditions;  // that differ
  bool comparable = true;                       // false: grouped differently, entities and pairs are empty
  std::string sentence;                         // what changed most; names in it are clean
  std::vector<DiffFigure> node;                 // as diff::node_figures()
  std::vector<DiffEntity> entities;             // most moved first
  std::vector<DiffPair> pairs;                  // most changed first
  size_t most_siblings = 0;
  std::optional<uint32_t> of;    // id of the entity that --of names: entities and pairs are about it alone
  size_t entities_left_out = 0;  // that changed less than those that are here
  size_t pairs_left_out = 0;
  size_t dropped = 0;  // entities and pairs without a spread, for want of memory
};

struct DiffOptions {
  uint64_t window_ns = 0;
  uint64_t asked_window_ns = 0;
  int utc_offset_seconds = 0;
  std::optional<DiffWork> work;
  std::optional<std::string> of;
};

// Usage error if --of is not one entity of one of them, input error if a side has no whole window.
[[nodiscard]] Result<DiffView> diff_view(const diff::Side& a, const diff::Side& b, DiffSource source_a,
                                         DiffSource source_b, const NamedEntities& names, const DiffOptions& options);

struct DiffTextOptions {
  bool all = false;
  unsigned columns = 80;
};
[[nodiscard]] std::string diff_text(const DiffView& view, const DiffTextOptions& options);

// One line of JSON, without the newline.
[[nodiscard]] std::string diff_json(const DiffView& view);

namespace diff {
// What changed most, in words. Where nothing did, it says so.
[[nodiscard]] std::string sentence(const DiffView& view);
[[nodiscard]] const DiffFigure& node_figure(const DiffView& view, std::string_view name);
}  // namespace diff

}  // namespace smtscope
