// SPDX-License-Identifier: Apache-2.0
// What is not a table, to and from the messages of a recording. Reading checks what the rest of the program relies on.
#pragma once

#include "model/frame.h"
#include "recording.pb.h"

namespace smtscope {

// Most bytes of a name, entities and CPUs that are read.
inline constexpr size_t kMaxNameBytes = 64 * 1024;
inline constexpr int kMaxRecordedEntities = 200'000;
inline constexpr int kMaxRecordedCpus = 65'536;
// ... and kinds of CPUs, and events of one.
inline constexpr int kMaxRecordedPlans = 16;
inline constexpr int kMaxRecordedEvents = 1024;

void put_run(const RunFacts& run, recording::Run& out);
void put_topology(const Topology& topology, recording::Topology& out);
void put_entity(const Entity& entity, recording::Entity& out);
void put_plans(const std::vector<CounterPlan>& plans, recording::CounterPlans& out);
void put_agent(const AgentReadings& agent, recording::Agent& out);

// Input errors name what is wrong.
[[nodiscard]] Result<RunFacts> get_run(const recording::Run& in);
[[nodiscard]] Result<Topology> get_topology(const recording::Topology& in);
[[nodiscard]] Result<Entity> get_entity(const recording::Entity& in);
[[nodiscard]] Result<std::vector<CounterPlan>> get_plans(const recording::CounterPlans& in);
[[nodiscard]] Result<AgentReadings> get_agent(const recording::Agent& in);

// A reason of a later version is `unsupported` here.
[[nodiscard]] Reason get_reason(uint32_t number);

}  // namespace smtscope
