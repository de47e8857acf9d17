// SPDX-License-Identifier: Apache-2.0
#include "pipeline/frames.h"

#include <sys/utsname.h>

#include <iterator>

#include "kernel/process_usage.h"

namespace smtscope {
namespace {

std::string machine() {
  utsname names{};
  uname(&names);
  return names.machine;
}

std::vector<NotMeasured> not_measured(const std::vector<CollectorStatus>& collectors) {
  std::vector<NotMeasured> all = {{"TCP", "not in this version"}};
  for (const CollectorStatus& collector : collectors) {
    if (!collector.why.empty()) all.push_back({std::string(collector.name), collector.why});
    for (const Shortfall& less : collector.shortfalls) all.push_back({less.what, less.reason});
  }
  all.push_back({"cost of a neighbour", "not in this version"});
  return all;
}

// What the agent reads of itself and of its collectors; nothing of exporters, ticks and series.
AgentReadings own_readings(const CollectorSet& collectors, const std::vector<CollectorStatus>& states) {
  AgentReadings readings;
  for (const CollectorStatus& c : states) {
    readings.collectors.push_back({std::string(c.name), static_cast<uint32_t>(c.state), c.reason});
    bool first = true;
    for (ProgramStats& program : collectors.programs(c.name)) {
      ProgramReading reading{std::move(program.name), program.run_ns, program.runs, std::nullopt};
      if (std::exchange(first, false)) reading.memory_bytes = collectors.map_bytes(c.name);
      readings.programs.push_back(std::move(reading));
    }
  }
  const ProcessUsage usage = process_usage();
  readings.ticks.sum = 0;
  readings.user_ns = usage.user_ns;
  readings.system_ns = usage.system_ns;
  readings.memory_bytes = usage.resident_bytes;
  return readings;
}

}  // namespace

RunFacts run_facts(const Session& session) {
  RunFacts facts;
  facts.version = SMTSCOPE_VERSION;
  facts.architecture = machine();
  facts.host = session.host();
  facts.grouping = session.grouping().label();
  facts.not_measured = not_measured(session.collectors().status());
  return facts;
}

Frames::Frames(Session& session, RunFacts facts) : session_(session) {
  RunFacts all = run_facts(session);
  all.started_unix_ns = facts.started_unix_ns;
  all.interval_ns = facts.interval_ns;
  all.limits = facts.limits;
  all.most_series = facts.most_series;
  if (all.host.cpu_model) all.node_attributes.emplace_back("smtscope.cpu.model", *all.host.cpu_model);
  std::move(facts.node_attributes.begin(), facts.node_attributes.end(), std::back_inserter(all.node_attributes));
  facts_ = std::make_shared<const RunFacts>(std::move(all));
}

Result<Frame> Frames::sample() {
  auto snapshot = session_.sample();
  if (!snapshot) return Failure(snapshot.error());
  const CollectorSet& collectors = session_.collectors();
  const std::vector<CollectorStatus> states = collectors.status();
  if (auto now = not_measured(states); now != facts_->not_measured) {
    auto changed = std::make_shared<RunFacts>(*facts_);
    changed->not_measured = std::move(now);
    facts_ = std::move(changed);
  }
  Frame frame;
  frame.run = facts_;
  frame.snapshot = std::make_shared<const Snapshot>(std::move(*snapshot));
  frame.agent = own_readings(collectors, states);
  for (const CollectorStatus& c : states)
    if (collectors.active(c.name)) frame.active.emplace_back(c.name);
  frame.ended = std::exchange(ended_, {});
  frame.tick = tick_++;
  frame.begin = !std::exchange(begun_, true);
  return frame;
}

void Frames::tidy(uint64_t idle_ns) {
  session_.retry_failed();
  std::vector<Entity> gone = session_.forget_gone(idle_ns);
  std::move(gone.begin(), gone.end(), std::back_inserter(ended_));
}

}  // namespace smtscope
