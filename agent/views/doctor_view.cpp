// SPDX-License-Identifier: Apache-2.0
#include "views/doctor_view.h"

#include <fmt/format.h>

#include <sstream>

#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

// Lines that start with `head`; what does not fit hangs below, at the same column. Only the first line of the
// sentence: what the verifier said after it is for the JSON.
std::string hanging(const std::string& head, const std::string& words, size_t columns) {
  const std::string sentence = words.substr(0, words.find('\n'));
  const size_t indent = text::width(head);
  std::istringstream lines(text::wrap(text::clean(sentence), columns - indent, 0));
  std::string line, out;
  while (std::getline(lines, line)) {
    std::string whole = (out.empty() ? head : std::string(indent, ' ')) + line;
    whole.erase(whole.find_last_not_of(' ') + 1);
    out += whole + "\n";
  }
  return out;
}

void check_lines(std::string& out, const DoctorView& view, bool collectors, const char* title, size_t columns) {
  constexpr size_t kName = 20, kState = 13;
  const std::string head = text::left(title, kName) + text::left("STATE", kState) + "WHY";
  bool first = true;
  for (const Check& check : view.checks) {
    if (check.collector != collectors) continue;
    if (first) out += "\n" + head + "\n";
    first = false;
    const std::string name = text::left(text::clean(check.name), kName - 1) + " ";
    out += hanging(name + text::left(check_state_word(check.state), kState), check.reason.value_or(""), columns);
    const std::string below(kName + kState, ' ');
    if (check.mend) out += hanging(below + "mend: ", *check.mend, columns);
    if (check.cost) out += hanging(below + "cost: ", *check.cost, columns);
  }
}

void plan_lines(std::string& out, const PlanView& plan, size_t columns) {
  text::Table programs({{"PROGRAM", true}, {"HOOK", true}});
  for (const PlanView::Program& p : plan.programs) programs.row({text::clean(p.name), text::clean(p.hook)});
  out += "\n" + programs.str(columns);
  text::Table maps({{"MAP", true}, {"TYPE", true}, {"BYTES"}});
  for (const PlanView::Map& m : plan.maps)
    maps.row({text::clean(m.name), text::clean(m.type), m.bytes ? text::count(*m.bytes) : "by task"});
  maps.row({"all maps of known size", "", text::count(plan.map_bytes())});
  out += "\n" + maps.str(columns) + "\n";
  for (const PlanView::Item& c : plan.capabilities) out += hanging(text::left(c.name, 20), c.why, columns);
  out += "\nFILES READ\n";
  for (const PlanView::Item& f : plan.files) {
    out += text::wrap(text::clean(f.name), columns, 2);
    out += hanging("  ", f.why, columns);
  }
  out += "\nPERF EVENTS\n";
  if (plan.perf_events.empty()) out += "  none\n";
  for (const PlanView::Item& e : plan.perf_events) out += hanging("  " + text::clean(e.name) + "  ", e.why, columns);
  out +=
      "\nfiles written         none (stat --metrics FILE: that file)\n"
      "ports opened          none\n"
      "outgoing connections  none\n"
      "\nTHE AGENT, BESIDE\n";
  for (const auto* list : {&plan.agent_ports, &plan.agent_files, &plan.agent_capabilities})
    for (const PlanView::Item& item : *list) {
      out += text::wrap(text::clean(item.name), columns, 2);
      out += hanging("  ", item.why, columns);
    }
}

}  // namespace

const char* check_state_word(CheckState state) {
  switch (state) {
    case CheckState::active: return "active";
    case CheckState::degraded: return "degraded";
    case CheckState::unsupported: return "unsupported";
    case CheckState::disabled: return "disabled";
    case CheckState::failed: return "failed";
    case CheckState::ok: return "ok";
    case CheckState::unknown: return "unknown";
  }
  return "unknown";
}

uint64_t PlanView::map_bytes() const {
  uint64_t sum = 0;
  for (const Map& map : maps) sum += map.bytes.value_or(0);
  return sum;
}

std::string doctor_text(const DoctorView& view, size_t columns) {
  std::string out = text::wrap(text::clean(view.sentence), columns);
  if (view.mend) out += hanging("mend: ", *view.mend, columns);
  out += text::flow({text::clean(view.host), "kernel " + text::clean(view.kernel), "smtscope " + view.version}, columns,
                    3);
  check_lines(out, view, true, "COLLECTOR", columns);
  if (view.plan) plan_lines(out, *view.plan, columns);
  check_lines(out, view, false, "CONDITION", columns);
  if (view.plan) out += "\nnext: smtscope doctor (loads the programs to be sure, attaches nothing)\n";
  else if (view.main_job.value_or(false)) out += "\nnext: smtscope stat     smtscope doctor --plan\n";
  return out;
}

}  // namespace smtscope
