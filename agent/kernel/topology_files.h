// SPDX-License-Identifier: Apache-2.0
// The files that the topology is read from, and what sysfs says of a CPU beside its siblings.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/topology_reader.h"

namespace smtscope {

using CpuList = std::vector<uint32_t>;  // ascending

[[nodiscard]] bool contains(const CpuList& list, uint32_t cpu);
[[nodiscard]] CpuList intersection(const CpuList& a, const CpuList& b);

// An Error of kind input, mended by stating the siblings.
[[nodiscard]] Failure contradiction(std::string what);
[[nodiscard]] bool is_absent(const Error& error);

inline constexpr const char* kStateSiblings = "state the cores by hand, for example --siblings '0,1;2,3'";

class TopologyFiles {
 public:
  // Keeps a reference to `read`. `lenient`: a broken label is no label.
  TopologyFiles(const ReadFile& read, const std::string& sys_root, bool lenient)
      : read_(read),
        cpu_dir_(sys_root + "/devices/system/cpu"),
        node_dir_(sys_root + "/devices/system/node"),
        lenient_(lenient) {}

  [[nodiscard]] std::string in_cpu_dir(std::string_view name) const;
  [[nodiscard]] std::string of_cpu(uint32_t cpu, std::string_view name) const;
  [[nodiscard]] std::string in_node_dir(std::string_view name) const;
  [[nodiscard]] bool lenient() const { return lenient_; }

  [[nodiscard]] Result<std::string> text(const std::string& path) const { return read_(path); }
  [[nodiscard]] Result<CpuList> list(const std::string& path) const;
  // An empty list is an error.
  [[nodiscard]] Result<CpuList> filled_list(const std::string& path) const;
  // A number; none if it is -1 or there is no such file.
  [[nodiscard]] Result<std::optional<uint32_t>> label(const std::string& path) const;

 private:
  const ReadFile& read_;
  const std::string cpu_dir_, node_dir_;
  const bool lenient_;
};

struct CpuLabels {
  std::optional<uint32_t> package, core, node, llc;
};

// Package, core id, NUMA node and last-level cache of each online CPU.
[[nodiscard]] Result<std::map<uint32_t, CpuLabels>> read_cpu_labels(const TopologyFiles& files, const CpuList& online);

}  // namespace smtscope
