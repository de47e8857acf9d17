// SPDX-License-Identifier: Apache-2.0
#include "views/json_parts.h"

namespace smtscope {

int64_t unix_ms(uint64_t ns, int64_t offset_ns) { return (static_cast<int64_t>(ns) + offset_ns) / 1'000'000; }

void put_host(const HostFacts& host, Object& out) {
  Fields fields(out, "host");
  fields.set("name", host.name);
  fields.set("kernel", host.kernel);
  fields.set_or("cpu_model", host.cpu_model, Reason::unsupported);
  fields.set_or("smt_control", host.smt_control, Reason::unsupported);
  fields.set_or("smt_active", host.smt_active, Reason::unsupported);
  fields.set_or("core_scheduling", host.core_scheduling, Reason::partial);  // not all threads could be asked
  Json vulnerabilities = Json::object();
  for (const auto& [name, text] : host.vulnerabilities) vulnerabilities[name] = text;
  fields.set("vulnerabilities", std::move(vulnerabilities));
  fields.set_or("hypervisor", host.hypervisor, Reason::unsupported);
  fields.set_or("clocksource", host.clocksource, Reason::unsupported);
}

void put_topology(const Topology& topology, Object& out) {
  Fields fields(out, "topology");
  fields.set("source", topology.source == TopologySource::sysfs ? "sysfs" : "override");
  fields.set("cpus", topology.online_cpus());
  fields.set("cores", topology.cores.size());
  fields.set("threads_per_core", topology.threads_per_core());
  fields.set("packages", topology.packages());
  fields.set("nodes", topology.nodes());
  fields.set("generation", topology.generation);
  fields.set("attested", topology.attested);
  fields.set("attested_reason", topology.attested_reason);
}

std::string json_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace smtscope
