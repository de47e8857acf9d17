// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/diff_text_parts.h"
#include "views/diff_words.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope::diff {
namespace {

constexpr size_t kEntityRows = 10;
constexpr size_t kPairRows = 8;
constexpr size_t kOnlyNames = 6;
constexpr double kShownRate = 0.005;  // CPU seconds a second: rows with less on both sides wait for --all
constexpr const char* kMark = "*";

std::string more_line(size_t more) { return more ? fmt::format("({} more: --all)\n", text::count(more)) : ""; }

bool separate(const Change& change) { return change.separate.value_or(false); }

// Largest number of a row: it decides unit and digits.
double largest(const std::optional<Spread>& a, const std::optional<Spread>& b, bool per_work) {
  double most = 0;
  for (const auto* side : {&a, &b})
    if (*side) most = std::max({most, per_work ? (*side)->mean : (*side)->median, (*side)->p90.value_or(0)});
  return most;
}

std::string range(const std::optional<Spread>& side, const Scale& scale) {
  if (!side || !side->p10) return "";
  const std::string low = number(*side->p10, scale), high = number(*side->p90, scale);
  return low == high ? "" : low + ".." + high;
}

std::string label_of(const FigureDef& def, const DiffView& view) {
  std::string label(def.label);
  if (const size_t at = label.find('@'); at != std::string::npos)
    label.replace(at, 1, view.most_siblings == 2 ? "both" : "all");
  return label;
}

struct Row {
  std::string label;
  Show show = Show::share;
  std::optional<Spread> a, b;
  Change change;
};

void add_row(const Row& row, bool per_work, text::Table& table) {
  std::vector<double> centres;
  for (const auto* side : {&row.a, &row.b})
    if (*side) centres.push_back(per_work ? (*side)->mean : (*side)->median);
  const Scale scale = scale_of(row.show, centres, largest(row.a, row.b, per_work), per_work);
  const auto centre = [&](const std::optional<Spread>& side) {
    return side ? number(per_work ? side->mean : side->median, scale) : std::string("-");
  };
  const std::string label = scale.unit.empty() ? row.label : row.label + ", " + scale.unit;
  table.row({label, centre(row.a), range(row.a, scale), centre(row.b), range(row.b, scale),
             row.change.absolute ? signed_number(*row.change.absolute, scale) : "-",
             percent_change(row.change) + (separate(row.change) ? " *" : "  ")});
}

std::string share_arrow(const DiffFigure& f) {
  const auto one = [](const std::optional<Spread>& side) {
    return side ? fmt::format("{:.0f}", std::round(100 * side->median)) : "-";
  };
  if (!f.a && !f.b) return "- ";
  return one(f.a) + " > " + one(f.b) + (separate(f.change) ? kMark : " ");
}

// "82 > 74 us", "82 us > 1.9 ms".
std::string wait_arrow(const DiffFigure& f) {
  if (!f.a && !f.b) return "- ";
  const auto one = [](const std::optional<Spread>& side) { return side ? text::duration_us(side->median) : "-"; };
  std::string a = one(f.a);
  const std::string b = one(f.b);
  if (const size_t space = b.find(' '); space != std::string::npos && a.ends_with(b.substr(space)))
    a.resize(a.size() - (b.size() - space));
  return a + " > " + b + (separate(f.change) ? kMark : " ");
}

// Means: they add up, and tell of what runs in few windows only.
std::string rate_arrow(const DiffFigure& f) {
  if (!f.a && !f.b) return "- ";
  const double most = std::max(f.a ? f.a->mean : 0, f.b ? f.b->mean : 0);
  const Scale scale{1, most >= 9.995 ? 1 : 2, ""};
  const auto one = [&](const std::optional<Spread>& side) { return side ? number(side->mean, scale) : "-"; };
  return one(f.a) + " > " + one(f.b) + (separate(f.change) ? kMark : " ");
}

std::string work_arrow(const DiffFigure& f) {
  if (!f.per_work || !f.per_work->a || !f.per_work->b) return "- ";
  const DiffPerWork& w = *f.per_work;
  return with_unit(f.def->show, w.a->mean, true) + " > " + with_unit(f.def->show, w.b->mean, true) +
         (separate(w.change) ? kMark : " ");
}

// "only in B: hog-b (1.00 CPUs), ...".
std::string only_line(const DiffView& view, bool in_a, const DiffTextOptions& options) {
  std::vector<const DiffEntity*> only;
  for (const DiffEntity& e : view.entities)
    if (e.in_a != e.in_b && e.in_a == in_a) only.push_back(&e);
  if (only.empty()) return "";
  std::string out = in_a ? "only in A: " : "only in B: ";
  size_t shown = 0;
  for (; shown < only.size(); shown++) {
    const size_t i = shown;
    const double rate = in_a ? only[i]->a_rate : only[i]->b_rate;
    if (!options.all && (i == kOnlyNames || (i > 0 && rate < kShownRate))) break;
    out += fmt::format("{}{} ({} CPU s/s)", i ? ", " : "", text::clean(only[i]->who.name), text::seconds(rate));
  }
  if (only.size() > shown) out += fmt::format(", {} more: --all", only.size() - shown);
  return text::wrap(out, options.columns);
}

}  // namespace

std::string figure_table(const std::string& header, const std::vector<const DiffFigure*>& figures, bool per_work,
                         const DiffView& view, size_t columns) {
  text::Table table({{header, true}, {"A"}, {"p10..p90"}, {"B"}, {"p10..p90"}, {"CHANGE"}, {"", false, 8}});
  size_t rows = 0;
  for (const DiffFigure* f : figures) {
    if (per_work && !f->per_work) continue;
    Row row{label_of(*f->def, view), f->def->show, f->a, f->b, f->change};
    if (per_work) row = {row.label, row.show, f->per_work->a, f->per_work->b, f->per_work->change};
    if (!row.a && !row.b) continue;
    add_row(row, per_work, table);
    rows++;
  }
  return rows ? table.str(columns) : "";
}

std::string node_lines(const DiffView& view, size_t columns) {
  std::vector<const DiffFigure*> shares, rates, all;
  for (const DiffFigure& f : view.node) {
    all.push_back(&f);
    // What was always zero on both sides is no row.
    if (f.a && f.b && f.a->mean == 0 && f.b->mean == 0) continue;
    (f.def->show == Show::share ? shares : rates).push_back(&f);
  }
  std::string out = figure_table("NODE", shares, false, view, columns);
  if (const std::string table = figure_table("PER SECOND", rates, false, view, columns); !table.empty())
    out += "\n" + table;
  if (view.work)
    if (const std::string table = figure_table("PER UNIT OF WORK", all, true, view, columns); !table.empty())
      out += "\n" + table;
  return out;
}

std::string entity_lines(const DiffView& view, const DiffTextOptions& options) {
  const bool siblings = view.most_siblings > 1;
  std::vector<text::Column> columns = {{"WORKLOAD (A > B)", true}, {"CPU s/s "}};
  if (view.work) columns.push_back({"CPU a unit "});
  if (siblings && !view.work) columns.push_back({"self % "});
  if (siblings) columns.push_back({"others % "});
  columns.push_back({"wait p99 "});
  text::Table table(columns);
  size_t rows = 0, more = view.entities_left_out;
  for (const DiffEntity& e : view.entities) {
    if (!e.in_a || !e.in_b) continue;
    if (!options.all && (rows == kEntityRows || std::max(e.a_rate, e.b_rate) < kShownRate)) {
      more++;
      continue;
    }
    rows++;
    std::vector<std::string> cells = {text::clean(e.who.name), rate_arrow(e.figure("oncpu_rate"))};
    if (view.work) cells.push_back(work_arrow(e.figure("oncpu_rate")));
    if (siblings && !view.work) cells.push_back(share_arrow(e.figure("sibling_same")));
    if (siblings) cells.push_back(share_arrow(e.figure("sibling_other")));
    cells.push_back(wait_arrow(e.figure("wait_p99")));
    table.row(std::move(cells));
  }
  std::string out = rows ? "\n" + table.str(options.columns) + more_line(more) : "";
  if (!rows && view.comparable) out = "\n" + text::wrap("No workload ran in both.", options.columns);
  return out + only_line(view, true, options) + only_line(view, false, options);
}

std::string of_lines(const DiffView& view, size_t columns) {
  if (view.entities.empty()) return "";
  const DiffEntity& e = view.entities.front();
  std::vector<const DiffFigure*> figures;
  for (const DiffFigure& f : e.figures) {
    if (f.a && f.b && f.a->mean == 0 && f.b->mean == 0) continue;
    if (f.def->show != Show::share || view.most_siblings > 1) figures.push_back(&f);
  }
  const std::string name = text::cut(text::clean(e.who.name), 28);
  std::string out = "\n" + figure_table(name, figures, false, view, columns);
  if (!e.in_a || !e.in_b) out += fmt::format("It ran in {} only.\n", e.in_a ? "A" : "B");
  if (view.work)
    if (const std::string table = figure_table("PER UNIT OF WORK", figures, true, view, columns); !table.empty())
      out += "\n" + table;
  return out;
}

std::string pair_lines(const DiffView& view, const DiffTextOptions& options) {
  if (view.most_siblings < 2) return "";
  std::vector<const DiffPair*> pairs;
  for (const DiffPair& pair : view.pairs) {
    const auto mean = [](const std::optional<Spread>& side) { return side ? side->mean : 0; };
    const double most = std::max(mean(pair.seconds.a), mean(pair.seconds.b));
    if (options.all || view.of || most >= kShownRate) pairs.push_back(&pair);
  }
  const size_t rows = options.all ? pairs.size() : std::min(pairs.size(), kPairRows);
  if (rows == 0) return "";
  text::Table table({{"WHO SAT BESIDE WHOM (A > B)", true}, {"", true}, {"s/s "}, {"% OF THE FIRST"}});
  const auto share = [](const std::optional<double>& s) {
    return s ? fmt::format("{:.0f}", std::round(100 * *s)) : std::string("-");
  };
  for (size_t i = 0; i < rows; i++) {
    const DiffPair& p = *pairs[i];
    const bool itself = p.first.id == p.second.id;
    table.row({text::clean(p.first.name), itself ? "itself" : text::clean(p.second.name), rate_arrow(p.seconds),
               share(p.a_share) + " > " + share(p.b_share)});
  }
  return "\n" + table.str(options.columns) + more_line(view.pairs.size() - rows + view.pairs_left_out);
}

}  // namespace smtscope::diff
