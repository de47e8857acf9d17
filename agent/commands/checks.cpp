// SPDX-License-Identifier: Apache-2.0
#include "commands/checks.h"

#include <fmt/format.h>
#include <linux/capability.h>

#include "commands/counter_checks.h"
#include "commands/numa_checks.h"
#include "commands/settings_checks.h"
#include "kernel/clock_check.h"
#include "kernel/host_facts.h"
#include "kernel/topology_reader.h"

namespace smtscope {
namespace {

std::optional<std::string> some(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

Check condition(std::string name, CheckState state, const std::string& reason, const std::string& mend = {}) {
  return {std::move(name), state, some(reason), some(mend), std::nullopt, false};
}

Check stopped(std::string name, const Error& error) {
  return condition(std::move(name), CheckState::failed, error.what, error.mend);
}

Check collector(std::string name, CheckState state, const std::string& reason) {
  return {std::move(name), state, some(reason), std::nullopt, std::nullopt, true};
}

Check check_topology(const Machine& m) {
  if (!m.topology) return stopped("topology", m.topology.error());
  const Topology& t = *m.topology;
  const std::string shape =
      fmt::format("{} CPUs online in {} cores, at most {} to a core, {}", t.online_cpus(), t.cores.size(),
                  t.threads_per_core(), t.source == TopologySource::sysfs ? "from sysfs" : "stated by --siblings");
  if (t.threads_per_core() >= 2) return condition("topology", CheckState::ok, shape);
  return condition("topology", CheckState::degraded, shape + ": nothing can sit beside anything",
                   "if this is a VM that hides its hyperthreads, state them: --siblings 0,1");
}

Check check_attestation(const Topology& t) {
  return t.attested ? condition("attestation", CheckState::ok, t.attested_reason)
                    : condition("attestation", CheckState::degraded,
                                t.attested_reason +
                                    ": times are exact for the CPUs as this kernel sees them, "
                                    "no range of true use is claimed");
}

Check check_clocksource(const Machine& m) {
  if (!m.host.clocksource) return condition("clocksource", CheckState::unknown, "sysfs does not show it");
  if (const auto doubt = clock_doubt(m.host))
    return condition("clocksource", CheckState::degraded, *doubt,
                     "see why the kernel does not use tsc: dmesg | grep -i -e tsc -e clocksource");
  return condition("clocksource", CheckState::ok, *m.host.clocksource);
}

// Features that take a load to find out: unknown where nothing may be loaded.
Check feature(std::string name, const Machine& m, bool there, const std::string& without) {
  if (!*m.may_load) return condition(std::move(name), CheckState::unknown, "takes loading a program to find out");
  if (there) return condition(std::move(name), CheckState::ok, "");
  return condition(std::move(name), CheckState::degraded, without, "use kernel 5.13 or later");
}

void check_kernel(const Machine& m, std::vector<Check>& out) {
  const BpfFeatures& f = m.features;
  if (!f.btf) {
    const auto missing = choose_switch(f, Topology(), SwitchOptions());
    out.push_back(missing ? condition("btf", CheckState::unknown, f.btf_error) : stopped("btf", missing.error()));
    return;
  }
  out.push_back(condition("btf", CheckState::ok, "/sys/kernel/btf/vmlinux"));
  const auto hook = choose_switch(f, Topology(), SwitchOptions());
  out.push_back(hook ? condition("sched_switch", CheckState::ok, "described by BTF")
                     : stopped("sched_switch", hook.error()));
  if (m.may_load) {
    out.push_back(
        feature("compare_and_swap", m, f.compare_and_swap,
                "BPF here has no atomics with a result (5.12): the queue variant is used, as exact and dearer"));
    out.push_back(feature("task_storage", m, f.task_storage,
                          "not for tracing programs here: a wait that moved to another CPU counts from the move"));
  }
  out.push_back(f.sched_info ? condition("sched_info", CheckState::ok, "")
                             : condition("sched_info", CheckState::degraded,
                                         "this kernel keeps no sched_info: no run-queue latency",
                                         "use a kernel with CONFIG_SCHED_INFO (CONFIG_SCHEDSTATS selects it)"));
}

}  // namespace

Machine look_around(const MeasureOptions& options, const Roots& roots, bool loads) {
  Machine m;
  m.roots = roots;
  m.host = read_host_facts(roots.sys, roots.proc);
  m.topology = load_topology(roots.sys, options.siblings);
  if (m.topology) attest(*m.topology, m.host, Attestation::automatic);
  m.grouping = choose_grouping({options.by, options.cgroup_hierarchy, std::nullopt}, roots);
  m.clock = check_clock(m.host, roots.proc);
  m.privileges = read_privileges(roots.proc);
  m.features = loads ? probe_bpf_features() : read_bpf_features();
  if (loads) m.may_load = may_load_bpf();
  return m;
}

std::optional<Error> what_stops(const Machine& m) {
  if (!m.clock) return m.clock.error();
  if (!m.topology) return m.topology.error();
  if (!m.grouping) return m.grouping.error();
  const auto options = switch_options(*m.grouping, m.features);
  const auto choice = choose_switch(m.features, *m.topology, options.value_or(SwitchOptions()));
  if (!choice) return choice.error();
  if (!options) return options.error();
  if (m.may_load && !*m.may_load) return m.may_load->error();
  return std::nullopt;
}

std::vector<Check> check_conditions(const Machine& m) {
  std::vector<Check> out;
  if (m.may_load)
    out.push_back(*m.may_load ? condition("bpf", CheckState::ok, "programs may be loaded")
                              : stopped("bpf", m.may_load->error()));
  out.push_back(check_capabilities(m.privileges));
  check_kernel(m, out);
  out.push_back(check_topology(m));
  if (m.topology) out.push_back(check_attestation(*m.topology));
  out.push_back(m.grouping ? condition("grouping", CheckState::ok, m.grouping->label())
                           : stopped("grouping", m.grouping.error()));
  out.push_back(m.clock ? condition("clock", CheckState::ok, "not shifted by a time namespace")
                        : stopped("clock", m.clock.error()));
  out.push_back(check_clocksource(m));
  for (Check& check : check_settings(m)) out.push_back(std::move(check));
  return out;
}

std::string why_queue(const Machine& m, const SwitchChoice& choice) {
  if (choice.variant == SwitchVariant::word) return "";
  if (m.topology && m.topology->threads_per_core() > 2)
    return fmt::format("{} siblings of a core do not fit one state word", m.topology->threads_per_core());
  return "BPF of this kernel has no compare-and-swap (5.12)";
}

std::vector<Check> check_collectors(const Machine& m, const SwitchChoice& choice, uint64_t map_bytes) {
  const bool word = choice.variant == SwitchVariant::word;
  std::vector<Check> out;
  out.push_back(collector("scheduler", CheckState::active,
                          word ? "state word" : "queue variant, as exact: " + why_queue(m, choice)));
  out[0].cost = fmt::format("{:.1f} MB of maps; by the documentation {} a switch above an empty program",
                            static_cast<double>(map_bytes) / 1e6, word ? "0.1-0.2 us" : "about 0.3 us");
  const CheckState waits[] = {CheckState::unsupported, CheckState::degraded, CheckState::active};
  out.push_back(collector("run_queue", waits[choice.run_queue],
                          choice.run_queue == SMTSCOPE_RUNQUEUE_FULL ? "whole waits" : choice.run_queue_reason));
  const bool alone = m.topology && m.topology->cores.size() < 2;
  out.push_back(collector("placement", CheckState::active, alone ? "one core only: nothing here is avoidable" : ""));
  out.push_back(check_counters(m));
  out.push_back(check_numa(m));
  out.push_back(collector("tcp", CheckState::unsupported, "not in this version"));
  return out;
}

std::vector<Check> check_collectors(const Machine& m, const Error& error) {
  const CheckState state = error.kind == ErrorKind::unsupported ? CheckState::unsupported : CheckState::failed;
  std::vector<Check> out;
  out.push_back(collector("scheduler", state, error.what));
  out[0].mend = some(error.mend);
  for (const char* name : {"run_queue", "placement"})
    out.push_back(collector(name, state, "needs the scheduler program"));
  out.push_back(check_counters(m));
  out.push_back(check_numa(m));
  out.push_back(collector("tcp", CheckState::unsupported, "not in this version"));
  return out;
}

}  // namespace smtscope
