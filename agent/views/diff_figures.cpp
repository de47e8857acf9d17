// SPDX-License-Identifier: Apache-2.0
#include "views/diff_figures.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace smtscope::diff {
namespace {

Measured known(double value) { return {value, Reason::ok}; }
Measured none(Reason why) { return {std::nullopt, why}; }
Measured or_why(const std::optional<double>& value, Reason why) { return value ? known(*value) : none(why); }

double core_time(const WindowFigures& w) {
  const StateSeconds& s = w.figures.node;
  return s.idle + s.single + s.partial.value_or(0) + s.all_busy.value_or(0) + s.unknown;
}

Measured per_second(const WindowFigures& w, const std::optional<double>& seconds, Reason why = Reason::not_applicable) {
  if (!(w.seconds > 0)) return none(Reason::too_few);
  return seconds ? known(*seconds / w.seconds) : none(why);
}

Measured state(const WindowFigures& w, const std::optional<double>& seconds) {
  return core_time(w) > 0 ? per_second(w, seconds) : none(Reason::too_few);
}

Measured avoidable(const WindowFigures& w) {
  const PlacementFigures& p = w.figures.placement;
  if (!p.sampled || !p.avoidable) return none(Reason::not_applicable);
  if (*p.sampled == 0) return none(Reason::too_few);
  return known(static_cast<double>(*p.avoidable) / static_cast<double>(*p.sampled));
}

Measured oncpu(const WindowFigures& w) {
  if (w.no_entities != Reason::ok) return none(w.no_entities);
  double sum = 0;
  for (const EntityFigures& entity : w.figures.entities) sum += entity.busy_seconds();
  return per_second(w, sum);
}

Measured busy_cores(const WindowFigures& w) {
  const StateSeconds& s = w.figures.node;
  return state(w, s.single + s.partial.value_or(0) + s.all_busy.value_or(0));
}

Measured unknown_share(const WindowFigures& w) {
  const double all = core_time(w);
  return all > 0 ? known(w.figures.node.unknown / all) : none(Reason::too_few);
}

Measured true_use(const WindowFigures& w, double CapacityFigures::TrueUse::*which) {
  const CapacityFigures& c = w.figures.capacity;
  return c.true_used ? known((*c.true_used).*which) : none(c.true_used_reason);
}

Measured wait(const WindowFigures& w, std::optional<double> RunqueueFigures::*which) {
  if (!w.waits) return none(w.no_waits);
  return or_why((*w.waits).*which, w.waits->count ? Reason::partial : Reason::too_few);  // partial: above all bounds
}

Measured waits(const WindowFigures& w) {
  return w.waits ? per_second(w, static_cast<double>(w.waits->count)) : none(w.no_waits);
}

Measured waited(const WindowFigures& w) { return w.waits ? per_second(w, w.waits->sum_seconds) : none(w.no_waits); }

Measured transitions(const WindowFigures& w) {
  const auto& n = w.figures.placement.transitions;
  return per_second(w, n ? std::optional<double>(static_cast<double>(*n)) : std::nullopt);
}

const CapacityFigures& capacity(const WindowFigures& w) { return w.figures.capacity; }
const StateSeconds& node(const WindowFigures& w) { return w.figures.node; }
Reason no_smt(const WindowFigures& w) { return w.most_siblings > 1 ? Reason::too_few : Reason::not_applicable; }

constexpr bool kPerWork = true;

const std::array<NodeFigureDef, 19> kNode = {{
    {{"cpu_used", "CPU used", Show::share},
     [](const WindowFigures& w) { return or_why(capacity(w).cpu_used, Reason::too_few); }},
    {{"core_used", "cores with work", Show::share},
     [](const WindowFigures& w) { return or_why(capacity(w).core_used, Reason::too_few); }},
    {{"all_busy", "@ siblings busy", Show::share},
     [](const WindowFigures& w) { return or_why(capacity(w).all_busy, no_smt(w)); }},
    {{"true_used_low", "true use, least", Show::share},
     [](const WindowFigures& w) { return true_use(w, &CapacityFigures::TrueUse::low); }},
    {{"true_used_high", "true use, most", Show::share},
     [](const WindowFigures& w) { return true_use(w, &CapacityFigures::TrueUse::high); }},
    {{"avoidable", "avoidable sharing", Show::share}, avoidable},
    {{"unknown", "core time unknown", Show::share}, unknown_share},
    {{"oncpu_rate", "on-CPU time", Show::seconds, kPerWork}, oncpu},
    {{"core_busy_rate", "cores with work", Show::seconds, kPerWork}, busy_cores},
    {{"core_idle_rate", "cores idle", Show::seconds}, [](const WindowFigures& w) { return state(w, node(w).idle); }},
    {{"core_single_rate", "cores, one busy", Show::seconds, kPerWork},
     [](const WindowFigures& w) { return state(w, node(w).single); }},
    {{"core_partial_rate", "cores, some busy", Show::seconds, kPerWork},
     [](const WindowFigures& w) { return state(w, node(w).partial); }},
    {{"core_all_busy_rate", "cores, @ busy", Show::seconds, kPerWork},
     [](const WindowFigures& w) { return state(w, node(w).all_busy); }},
    {{"wait_rate", "waiting to run", Show::seconds, kPerWork}, waited},
    {{"waits", "waits to run", Show::count, kPerWork}, waits},
    {{"transitions", "@ became busy", Show::count, kPerWork}, transitions},
    {{"lost_switches", "switches lost", Show::count},
     [](const WindowFigures& w) { return per_second(w, static_cast<double>(w.figures.lost.switches)); }},
    {{"wait_p50", "wait p50", Show::wait}, [](const WindowFigures& w) { return wait(w, &RunqueueFigures::p50_us); }},
    {{"wait_p99", "wait p99", Show::wait}, [](const WindowFigures& w) { return wait(w, &RunqueueFigures::p99_us); }},
}};

double busy(const double* c) { return std::accumulate(c, c + kClassColumns, 0.0); }

// Of the time on cores with siblings.
Measured share(const double* c, uint32_t column) {
  const double all = busy(c) - c[kClassNoSibling];
  if (all > 0) return known(c[column] / all);
  return none(c[kClassNoSibling] > 0 ? Reason::not_applicable : Reason::too_few);
}

Measured wait_column(const double* c, uint32_t column) {
  if (std::isnan(c[kWaits])) return none(Reason::unsupported);
  if (std::isnan(c[column])) return none(c[kWaits] > 0 ? Reason::partial : Reason::too_few);
  return known(c[column]);
}

Measured rate(const double* c, uint32_t column, double seconds) {
  return std::isnan(c[column]) ? none(Reason::unsupported) : known(c[column] / seconds);
}

const std::array<EntityFigureDef, 9> kEntity = {{
    {{"oncpu_rate", "CPU time", Show::seconds, kPerWork},
     [](const double* c, double seconds) { return known(busy(c) / seconds); }},
    {{"sibling_idle", "alone", Show::share}, [](const double* c, double) { return share(c, kClassIdle); }},
    {{"sibling_same", "beside itself", Show::share}, [](const double* c, double) { return share(c, kClassSame); }},
    {{"sibling_other", "beside others", Show::share}, [](const double* c, double) { return share(c, kClassOther); }},
    {{"sibling_unknown", "beside unknown", Show::share},
     [](const double* c, double) { return share(c, kClassUnknown); }},
    {{"wait_rate", "waiting to run", Show::seconds, kPerWork},
     [](const double* c, double seconds) { return rate(c, kWaited, seconds); }},
    {{"waits", "waits to run", Show::count, kPerWork},
     [](const double* c, double seconds) { return rate(c, kWaits, seconds); }},
    {{"wait_p50", "wait p50", Show::wait}, [](const double* c, double) { return wait_column(c, kWaitP50); }},
    {{"wait_p99", "wait p99", Show::wait}, [](const double* c, double) { return wait_column(c, kWaitP99); }},
}};

}  // namespace

std::span<const NodeFigureDef> node_figures() { return kNode; }
std::span<const EntityFigureDef> entity_figures() { return kEntity; }

void entity_columns(const EntityFigures& entity, double* columns) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  for (uint32_t c = 0; c < kClassColumns; c++) columns[kOnCpu + c] = entity.oncpu[c];
  columns[kWaits] = columns[kWaited] = columns[kWaitP50] = columns[kWaitP99] = kNone;
  if (!entity.runqueue) return;
  columns[kWaits] = static_cast<double>(entity.runqueue->count);
  columns[kWaited] = entity.runqueue->sum_seconds;
  columns[kWaitP50] = entity.runqueue->p50_us.value_or(kNone);
  columns[kWaitP99] = entity.runqueue->p99_us.value_or(kNone);
}

std::string_view unit_of(Show show) {
  switch (show) {
    case Show::share: return "1";
    case Show::seconds: return "s/s";
    case Show::count: return "1/s";
    case Show::wait: return "us";
  }
  return "1";
}

std::string_view work_unit_of(Show show) { return show == Show::seconds ? "s/unit" : "1/unit"; }

}  // namespace smtscope::diff
