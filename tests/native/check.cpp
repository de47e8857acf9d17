// SPDX-License-Identifier: Apache-2.0
// The comparison of a world with the model: exact, tick by tick.
#include <algorithm>
#include <sstream>

#include "world.h"

namespace smtscope::native {
namespace {

std::uint32_t folded(std::uint32_t id) { return std::min<std::uint32_t>(id, SMTSCOPE_ID_OTHER); }

std::string name(std::uint64_t key) {
  return std::to_string(SMTSCOPE_KEY_KIND(key)) + ":" + std::to_string(SMTSCOPE_KEY_A(key)) + "," +
         std::to_string(SMTSCOPE_KEY_B(key));
}

// Books a cell that found no slot where the program must have put it.
void spill(Drained& into, std::uint64_t key, const Credit& credit) {
  const std::uint32_t a = SMTSCOPE_KEY_A(key), b = SMTSCOPE_KEY_B(key);
  if (SMTSCOPE_KEY_KIND(key) == SMTSCOPE_CELL_BUSY) {
    into.spill_busy[a] += credit.ticks;
    return;
  }
  if (SMTSCOPE_KEY_KIND(key) == SMTSCOPE_CELL_CLASS) into.spill_class[folded(a) * 4 + b] += credit.ticks;
  else into.spill_pair[folded(a) * 4 + folded(b)] += credit.ticks;
  into.spilled += credit.times;
  into.spilled_ticks += credit.ticks;
}

// Ticks that count once: one pair cell (n <= 2) or one busy count (n > 2) per state.
std::uint64_t core_ticks(const Drained& drained, std::size_t siblings) {
  std::uint64_t sum = 0;
  const auto kind = siblings <= 2 ? SMTSCOPE_CELL_PAIR : SMTSCOPE_CELL_BUSY;
  for (const auto& [key, ticks] : drained.cells) sum += SMTSCOPE_KEY_KIND(key) == kind ? ticks : 0;
  for (const auto ticks : siblings <= 2 ? drained.spill_pair : drained.spill_busy) sum += ticks;
  return sum;
}

}  // namespace

class Checker {
 public:
  explicit Checker(const World& world) : world_(world) {}

  std::string run() {
    if (!world_.fault_.empty()) out_ << world_.fault_;
    for (unsigned core = 0; core < world_.cores(); core++) check_core(core);
    for (unsigned cpu = 0; cpu < world_.cpus(); cpu++) {
      check_counters(cpu);
      if (world_.setup_.knobs.runqueue == SMTSCOPE_RUNQUEUE_LAST_QUEUED) check_waits(cpu);
    }
    return out_.str();
  }

 private:
  void same(const std::string& what, std::uint64_t found, std::uint64_t expected) {
    if (found != expected) out_ << what << ": " << found << " instead of " << expected << "; ";
  }

  void check_core(unsigned core) {
    const Expected expected = sweep(world_.history(core));
    const std::string at = "core " + std::to_string(core) + " ";
    check_closes(core, expected);
    std::uint64_t sum = 0;
    const unsigned periods = world_.periods(core);
    for (const unsigned cpu : world_.cpus_of(core)) {
      for (unsigned period = 0; period < periods; period++) {
        const auto cells = expected.cells.find({cpu, period});
        check_cells(cpu, period, cells == expected.cells.end() ? Cells{} : cells->second);
        sum += core_ticks(world_.drained(cpu, period), world_.cpus_of(core).size());
      }
      const smtscope_cpu& state = world_.cpu(cpu);
      const auto lost = expected.lost_ticks.find(cpu);
      same(at + "lost ticks", state.lost_ticks, lost == expected.lost_ticks.end() ? 0 : lost->second);
      const auto clamped = expected.clamped.find(cpu);
      const std::uint64_t least = clamped == expected.clamped.end() ? 0 : clamped->second;
      if (state.clamped < least || state.clamped > world_.truth_[cpu].back) out_ << at << "clamped; ";
    }
    for (const auto& closed : world_.closes(core)) sum += closed.now - closed.old.last;
    if (periods) same(at + "window", sum, world_.closes(core).back().now - world_.history(core).first_tick);
  }

  void check_closes(unsigned core, const Expected& expected) {
    const auto& found = world_.closes(core);
    const std::string at = "core " + std::to_string(core) + " close ";
    same(at + "count", found.size(), expected.closes.size());
    for (std::size_t i = 0; i < std::min(found.size(), expected.closes.size()); i++) {
      const ClosedState& closed = expected.closes[i];
      same(at + "last", found[i].old.last, closed.last);
      same(at + "now", found[i].now, closed.now);
      same(at + "epoch", found[i].old.epoch, i & 1);
      for (std::size_t j = 0; j < closed.ids.size(); j++) same(at + "id", found[i].old.id[j], closed.ids[j]);
    }
  }

  // Cells that are not in the table must be in the preallocated ones, to the tick.
  void check_cells(unsigned cpu, unsigned period, const Cells& expected) {
    const Drained& found = world_.drained(cpu, period);
    const std::string at = "cpu " + std::to_string(cpu) + " period " + std::to_string(period) + " ";
    Drained spilled;
    for (const auto& [key, credit] : expected) {
      const auto cell = found.cells.find(key);
      if (cell == found.cells.end()) spill(spilled, key, credit);
      else same(at + name(key), cell->second, credit.ticks);
    }
    for (const auto& [key, ticks] : found.cells) {
      if (!expected.contains(key)) out_ << at << "no such cell " << name(key) << "; ";
    }
    if (found.spill_pair != spilled.spill_pair || found.spill_class != spilled.spill_class ||
        found.spill_busy != spilled.spill_busy) {
      out_ << at << "spill cells; ";
    }
    std::uint64_t waits = 0;
    for (const auto& [bucket, sum] : found.spill_wait) waits += sum.count;
    same(at + "spilled", found.spilled, spilled.spilled + waits);
    same(at + "spilled ticks", found.spilled_ticks, spilled.spilled_ticks);
  }

  void check_counters(unsigned cpu) {
    const smtscope_cpu& state = world_.cpu(cpu);
    const World::Truth& truth = world_.truth_[cpu];
    const std::string at = "cpu " + std::to_string(cpu) + " ";
    same(at + "lost", state.lost, truth.lost);
    same(at + "contended", state.contended, truth.contended);
    same(at + "retries", state.retries, truth.retries);
    same(at + "runs", state.exit, state.enter);
  }

  // Counts by bucket, and the sum of all waits to the nanosecond: what is below a tick is carried.
  void check_waits(unsigned cpu) {
    std::map<unsigned, std::uint64_t> counts;
    std::uint64_t ticks = 0, expected_ns = 0;
    const auto add = [&](unsigned bucket, const WaitSum& sum) {
      counts[bucket] += sum.count;
      ticks += sum.ticks;
    };
    for (unsigned period = 0; period < world_.periods(world_.core_of(cpu)); period++) {
      const Drained& found = world_.drained(cpu, period);
      for (const auto& [key, sum] : found.waits) add(SMTSCOPE_KEY_B(key), sum);
      for (const auto& [bucket, sum] : found.spill_wait) add(bucket, sum);
    }
    const std::string at = "cpu " + std::to_string(cpu) + " waits ";
    for (const auto& [bucket, expected] : world_.truth_[cpu].waits) {
      same(at + "in bucket " + std::to_string(bucket), counts[bucket], expected.first);
      expected_ns += expected.second;
    }
    same(at + "buckets", counts.size(), world_.truth_[cpu].waits.size());
    same(at + "sum", (ticks << SMTSCOPE_TICK_SHIFT) + world_.cpu(cpu).wait_carry, expected_ns);
  }

  const World& world_;
  std::ostringstream out_;
};

std::string World::difference() const { return Checker(*this).run(); }

}  // namespace smtscope::native
