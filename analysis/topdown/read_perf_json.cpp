// SPDX-License-Identifier: Apache-2.0
// One line of `perf stat -j`.
#include <fmt/format.h>

#include "topdown/json_line.h"
#include "topdown/read_parts.h"

namespace smtscope::topdown {
namespace {

using nlohmann::json;

// perf prints some numbers as text and some not, by version.
std::string plain_text(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number() ? found->dump() : std::string();
}

std::string aggregate_of(const json& object) {
  for (const char* name : {"core", "die", "cluster", "cache", "socket", "node", "thread"})
    if (std::string text = plain_text(object, name); !text.empty()) return text;
  const std::string cpu = plain_text(object, "cpu");
  if (cpu.empty()) return {};
  return cpu.find_first_not_of("0123456789") == std::string::npos ? "CPU" + cpu : cpu;
}

}  // namespace

Result<std::optional<PerfRow>> read_perf_json(std::string_view line) {
  const auto object = parse_json_line(line);
  if (!object) return Failure(object.error());
  const auto event = object->is_object() ? text_of(*object, "event") : std::nullopt;
  if (!event) {
    if (object->is_object() && object->contains("metric-value")) return std::optional<PerfRow>();
    return fail(ErrorKind::input, "neither \"counts\" of a test vector nor an \"event\" of perf stat -j");
  }
  PerfRow row;
  row.event = *event;
  row.interval = plain_text(*object, "interval");
  row.aggregate = aggregate_of(*object);
  row.cgroup = plain_text(*object, "cgroup");
  row.runtime = plain_text(*object, "event-runtime");
  if (const auto percent = decimal(plain_text(*object, "pcnt-running"))) row.running = *percent / 100;
  const std::string count = plain_text(*object, "counter-value");
  if (const auto why = not_a_count(count)) {
    row.why = *why;
    row.running.reset();
  } else if (const auto value = decimal(count)) {
    row.value = value;
  } else {
    return fail(ErrorKind::input, fmt::format("no \"counter-value\" for event {}", excerpt(*event)));
  }
  return std::optional(std::move(row));
}

}  // namespace smtscope::topdown
