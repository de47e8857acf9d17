// SPDX-License-Identifier: Apache-2.0
// The `doctor` screen: what can be measured here and why not the rest; with --plan what would be loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtscope {

// The closed list of states. Collectors are the first five, conditions ok, degraded, failed or unknown.
enum class CheckState { active, degraded, unsupported, disabled, failed, ok, unknown };
[[nodiscard]] const char* check_state_word(CheckState state);

struct Check {
  std::string name;
  CheckState state = CheckState::unknown;
  std::optional<std::string> reason;
  std::optional<std::string> mend;
  std::optional<std::string> cost;
  bool collector = false;
};

// What `stat` would do here, and what `agent` does beside.
struct PlanView {
  struct Program {
    std::string name;
    std::string hook;
  };
  struct Map {
    std::string name;
    std::string type;
    std::optional<uint64_t> bytes;  // none: it grows with the tasks
  };
  struct Item {
    std::string name;
    std::string why;
  };
  std::string variant;    // "word", "queue"
  std::string run_queue;  // "full", "last_queued", "off"
  std::vector<Program> programs;
  std::vector<Map> maps;
  std::vector<Item> perf_events;  // by what is counted
  std::vector<Item> files;        // read; nothing is written
  std::vector<Item> capabilities;
  std::vector<Item> agent_ports;  // by the defaults; --config and --set choose others
  std::vector<Item> agent_files;
  std::vector<Item> agent_capabilities;

  [[nodiscard]] uint64_t map_bytes() const;  // of those that are known
};

struct DoctorView {
  std::string version;
  std::string host;
  std::string kernel;
  std::optional<bool> main_job;     // none: only loading could tell, and a plan does not load
  std::string sentence;             // the first line
  std::optional<std::string> mend;  // of what stops the main job
  std::vector<Check> checks;
  std::optional<PlanView> plan;
};

// For people, 80 columns.
[[nodiscard]] std::string doctor_text(const DoctorView& view, size_t columns = 80);

// One line of JSON as the contract says, without the newline.
[[nodiscard]] std::string doctor_json(const DoctorView& view);

}  // namespace smtscope
