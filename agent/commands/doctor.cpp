// SPDX-License-Identifier: Apache-2.0
// smtscope doctor: what can be measured here and how to mend what cannot; --plan: what would be loaded.
#include <fmt/format.h>

#include "commands/checks.h"
#include "commands/options.h"
#include "commands/plan.h"
#include "commands/print.h"
#include "kernel/switch_probe.h"

namespace smtscope {
namespace {

struct Loaded {
  SwitchChoice choice;
  uint64_t map_bytes = 0;
};

// Loads what the main job loads, with its fallbacks, attaches nothing, and lets go of it again.
Result<Loaded> try_load(const Machine& m) {
  const auto options = switch_options(*m.grouping, m.features);
  if (!options) return Failure(options.error());
  const auto probe = SwitchProbe::make(*m.topology, *options, m.features);
  if (!probe) return Failure(probe.error());
  const SwitchChoice& choice = (*probe)->choice();
  const auto object = SwitchObject::open(*m.topology, *options, choice);
  if (!object) return Failure(object.error());
  Loaded loaded{choice, 0};
  for (const PlannedMap& map : object->plan().maps) loaded.map_bytes += map.bytes;
  return loaded;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string sentence_of(const Machine& m, const SwitchChoice& choice) {
  static constexpr const char* kWaits[] = {"no run-queue latency", "run queue without the part of a wait before a move",
                                           "run queue with whole waits"};
  const char* what = m.topology->threads_per_core() >= 2 ? "sibling time exactly"
                                                         : "core time exactly, but no core has two threads here";
  const std::string how = choice.variant == SwitchVariant::word ? "state word" : "queue, as " + why_queue(m, choice);
  return fmt::format("This node can account {}: {}, {}.", what, how, kWaits[choice.run_queue]);
}

void cannot_run(DoctorView& view, const Error& error) {
  view.main_job = false;
  view.sentence = fmt::format("smtscope cannot run here: {}.", first_line(error.what));
  if (!error.mend.empty()) view.mend = error.mend;
}

void append(std::vector<Check>& to, std::vector<Check> more) {
  for (Check& check : more) to.push_back(std::move(check));
}

// What stops the main job; none if it can run.
std::optional<Error> examine(const Machine& m, DoctorView& view) {
  std::optional<Error> error = what_stops(m);
  if (!error) {
    const auto loaded = try_load(m);
    if (loaded) {
      view.main_job = true;
      view.sentence = sentence_of(m, loaded->choice);
      append(view.checks, check_collectors(m, loaded->choice, loaded->map_bytes));
    } else {
      error = loaded.error();
    }
  }
  if (error) {
    cannot_run(view, *error);
    append(view.checks, check_collectors(m, *error));
  }
  append(view.checks, check_conditions(m));
  return error;
}

std::optional<Error> plan_only(const Machine& m, DoctorView& view) {
  auto plan = plan_stat(m);
  append(view.checks, check_conditions(m));
  if (!plan) {
    cannot_run(view, plan.error());
    return plan.error();
  }
  view.sentence =
      "This is what `smtscope stat` and `smtscope agent` would load, attach and read here; nothing was loaded.";
  view.plan = std::move(*plan);
  return std::nullopt;
}

// Permission can be given, the rest is not for this machine (contract of the command line).
int status_of(const std::optional<Error>& error) {
  if (!error) return 0;
  return exit_status(error->kind == ErrorKind::permission ? ErrorKind::permission : ErrorKind::unsupported);
}

}  // namespace

Result<int> run_doctor(const DoctorOptions& options) {
  const Machine machine = look_around(options.measure, Roots(), !options.plan);
  for (const Error* error :
       {machine.topology ? nullptr : &machine.topology.error(), machine.grouping ? nullptr : &machine.grouping.error()})
    if (error && error->kind == ErrorKind::usage) return Failure(*error);
  DoctorView view;
  view.version = SMTSCOPE_VERSION;
  view.host = machine.host.name;
  view.kernel = machine.host.kernel;
  const std::optional<Error> error = options.plan ? plan_only(machine, view) : examine(machine, view);
  const std::string text = options.measure.format == "json" ? doctor_json(view) + "\n" : doctor_text(view);
  if (auto r = print_result(text); !r) return Failure(r.error());
  return status_of(error);
}

}  // namespace smtscope
