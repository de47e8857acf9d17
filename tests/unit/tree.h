// SPDX-License-Identifier: Apache-2.0
// Made-up folders of sysfs and procfs in a temporary folder that goes away with the object.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace smtscope::test {

class Tree {
 public:
  Tree() {
    // In memory where possible: a tree has thousands of files.
    const bool shm = access("/dev/shm", W_OK) == 0;
    const std::filesystem::path folder = shm ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (folder / "smtscope-tree-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    root_ = name;
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] const std::string& root() const { return root_; }

  // Exactly these bytes.
  void write_raw(const std::string& path, const std::string& bytes) {
    const std::filesystem::path file = std::filesystem::path(root_) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }
  // A line, as the kernel writes it.
  void write(const std::string& path, const std::string& line) { write_raw(path, line + "\n"); }
  void remove(const std::string& path) { std::filesystem::remove_all(std::filesystem::path(root_) / path); }

 private:
  std::string root_;
};

inline std::string cpu_path(uint32_t cpu, const std::string& name) {
  return "devices/system/cpu/cpu" + std::to_string(cpu) + "/" + name;
}

// One online CPU as the tree shows it; negative ids are written as they are.
struct CpuFiles {
  uint32_t id = 0;
  std::string siblings;
  int package = 0;
  int core = 0;
  std::optional<std::string> llc = std::nullopt;  // shared_cpu_list of index3
};

// Lists and folders for `cpus`, all of them online; other lists and CPUs may be written over it.
inline void write_cpus(Tree& tree, const std::string& list, const std::vector<CpuFiles>& cpus) {
  for (const char* name : {"possible", "present", "online"})
    tree.write(std::string("devices/system/cpu/") + name, list);
  tree.write("devices/system/cpu/isolated", "");
  for (const CpuFiles& cpu : cpus) {
    if (cpu.id != 0) tree.write(cpu_path(cpu.id, "online"), "1");  // cpu0 often has none
    tree.write(cpu_path(cpu.id, "topology/thread_siblings_list"), cpu.siblings);
    tree.write(cpu_path(cpu.id, "topology/physical_package_id"), std::to_string(cpu.package));
    tree.write(cpu_path(cpu.id, "topology/core_id"), std::to_string(cpu.core));
    const auto cache = [&](int index, const char* type, int level, const std::string& shared) {
      const std::string folder = cpu_path(cpu.id, "cache/index" + std::to_string(index));
      tree.write(folder + "/type", type);
      tree.write(folder + "/level", std::to_string(level));
      tree.write(folder + "/shared_cpu_list", shared);
    };
    if (!cpu.llc) continue;
    cache(0, "Data", 1, cpu.siblings);
    cache(1, "Instruction", 1, cpu.siblings);
    cache(3, "Unified", 3, *cpu.llc);
  }
}

inline void write_nodes(Tree& tree, const std::string& list, const std::vector<std::string>& cpulists) {
  tree.write("devices/system/node/online", list);
  for (size_t node = 0; node < cpulists.size(); ++node)
    tree.write("devices/system/node/node" + std::to_string(node) + "/cpulist", cpulists[node]);
}

}  // namespace smtscope::test
