// SPDX-License-Identifier: Apache-2.0
// smtscope pmu: what the counters of this machine can do, what would be counted, and how events are encoded.
#include <fmt/format.h>

#include <iterator>

#include "commands/pmu_options.h"
#include "commands/print.h"
#include "kernel/no_counters.h"
#include "kernel/pfm.h"
#include "kernel/pmu_devices.h"
#include "views/pmu_view.h"

namespace smtscope {
namespace {

constexpr const char* kSys = "/sys";
constexpr const char* kProc = "/proc";

std::vector<std::string> library_names(const PmuView& view) {
  std::vector<std::string> out;
  for (const LibraryPmu& pmu : view.library) out.insert(out.end(), pmu.events.begin(), pmu.events.end());
  return out;
}

Result<LibraryEvent> ask(const Result<Pfm>& pfm, const pmu::Microarchitecture& table, const std::string& name) {
  if (!pfm) return Failure(pfm.error());
  // With the machine's name first: another's event of this name must not answer.
  const bool qualified = name.find("::") != std::string::npos || table.library.empty();
  return pfm->encode(qualified ? name : fmt::format("{}::{}", table.library, name));
}

// The event list of a kind with its table, and the plan with them in it.
Result<> judge(const PmuOptions& options, const Result<Pfm>& pfm, const PmuView& view, PmuKindView& out) {
  pmu::Wish wish;
  wish.purpose = options.plan == "check" ? pmu::Purpose::check : pmu::Purpose::always_on;
  CpuKind kind = out.kind;
  if (!kind.device && out.table) {
    kind.device = pmu::usual_device(*out.table);
    out.assumed = true;
  }
  for (const std::string& name : options.events) {
    if (!out.table || !kind.device) {
      pmu::Opinion none;
      none.asked = name;
      none.why = "no table for this model: only instructions and cycles can be counted";
      out.asked.push_back(std::move(none));
      continue;
    }
    out.asked.push_back(
        pmu::opinion(*out.table, *kind.device, view.facts, name, ask(pfm, *out.table, name), library_names(view)));
    if (out.asked.back().event) wish.own.push_back(*out.asked.back().event);
  }
  // In place of all that can be left out: that must fit.
  pmu::Wish alone = wish;
  alone.without.insert(std::begin(pmu::kTopics), std::end(pmu::kTopics));
  if (const auto room = pmu::resolve(kind, view.facts, alone); !room) return Failure(room.error());
  auto plan = pmu::resolve(kind, view.facts, wish);
  if (!plan) {
    wish.own.clear();
    const std::string why = plan.error().what;
    plan = pmu::resolve(kind, view.facts, wish);
    if (plan) plan->remarks.push_back("the events asked for are not in this plan: " + why);
  }
  if (!plan) return Failure(plan.error());
  out.plan = std::move(*plan);
  return {};
}

bool all_can_be_counted(const PmuView& view, size_t event) {
  for (const PmuKindView& kind : view.kinds)
    if (kind.asked[event].event) return true;
  return false;
}

}  // namespace

Result<int> run_pmu(const PmuOptions& options) {
  auto inventory = read_pmu_inventory(kSys, kProc);
  if (!inventory) return Failure(inventory.error());
  PmuView view;
  view.facts = inventory->facts;
  view.problems = inventory->problems;
  view.list = options.list;
  const auto pfm = Pfm::make();
  if (pfm) view.library = pfm->pmus();
  else view.no_library = pfm.error().what;
  bool any_device = false;
  for (CpuKind& kind : inventory->kinds) {
    any_device |= kind.device.has_value();
    PmuKindView one;
    const std::string device = kind.device ? kind.device->name : "";
    one.table = pmu::find_microarchitecture(kind.identity, device);
    one.kind = std::move(kind);
    if (const auto judged = judge(options, pfm, view, one); !judged) return Failure(judged.error());
    view.kinds.push_back(std::move(one));
  }
  if (!any_device) view.no_counters = why_no_counters(*inventory, kSys, kProc);
  const std::string out = options.format == "json" ? pmu_json(view) + "\n" : pmu_text(view);
  if (auto r = print_result(out); !r) return Failure(r.error());
  for (size_t i = 0; i < options.events.size(); ++i)
    if (!all_can_be_counted(view, i)) return exit_status(ErrorKind::input);
  return 0;
}

}  // namespace smtscope
