// SPDX-License-Identifier: Apache-2.0
#include "kernel/topology_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "kernel/cpulist.h"
#include "kernel/textfile.h"
#include "kernel/topology_files.h"

namespace smtscope {
namespace {

constexpr int kReadAttempts = 5;

// One pass over the tree. Every step returns what went wrong; the first error ends the pass.
class Pass {
 public:
  Pass(const ReadFile& read, const std::string& sys_root, Siblings siblings)
      : files_(read, sys_root, siblings == Siblings::by_hand), by_hand_(siblings == Siblings::by_hand) {}

  Result<Topology> run() {
    using Step = Result<> (Pass::*)();
    constexpr Step kSteps[] = {&Pass::read_cpu_lists, &Pass::check_online_files, &Pass::read_siblings,
                               &Pass::check_siblings, &Pass::read_labels,        &Pass::check_packages};
    for (const Step step : kSteps)
      if (const Result<> done = (this->*step)(); !done) return tl::unexpected(done.error());
    return build();
  }

 private:
  Result<> read_cpu_lists();
  Result<> check_online_files();
  Result<> read_siblings();
  Result<> read_siblings_of(uint32_t cpu);
  Result<> check_siblings();
  Result<> read_labels();
  Result<> check_packages();
  Topology build();

  [[nodiscard]] std::string siblings_file(uint32_t cpu) const {
    return files_.of_cpu(cpu, "topology/thread_siblings_list");
  }

  const TopologyFiles files_;
  const bool by_hand_;
  CpuList possible_, present_, online_, isolated_;
  std::map<uint32_t, CpuList> siblings_;  // of online CPUs: themselves and their online siblings
  std::map<uint32_t, CpuLabels> labels_;  // of online CPUs
};

Result<> Pass::read_cpu_lists() {
  const std::pair<const char*, CpuList*> lists[] = {
      {"possible", &possible_}, {"present", &present_}, {"online", &online_}};
  for (const auto& [name, list] : lists) {
    Result<CpuList> read = files_.filled_list(files_.in_cpu_dir(name));
    if (!read) {
      read.error().mend = "without it the CPUs are not known: is sysfs mounted, and the right folder named?";
      return tl::unexpected(read.error());
    }
    *list = std::move(*read);
  }
  const auto check = [this](const char* inner_name, const CpuList& inner, const char* outer_name,
                            const CpuList& outer) -> Result<> {
    if (std::includes(outer.begin(), outer.end(), inner.begin(), inner.end())) return {};
    return fail(ErrorKind::input, fmt::format("{} lists {}, but {} lists {}", files_.in_cpu_dir(inner_name),
                                              format_cpulist(inner), outer_name, format_cpulist(outer)));
  };
  if (Result<> ok = check("present", present_, "possible", possible_); !ok) return ok;
  if (Result<> ok = check("online", online_, "present", present_); !ok) return ok;
  Result<CpuList> isolated = files_.list(files_.in_cpu_dir("isolated"));
  if (isolated) isolated_ = std::move(*isolated);
  else if (!is_absent(isolated.error()) && !by_hand_) return tl::unexpected(isolated.error());
  return {};
}

// The file is missing where a CPU cannot be taken offline. Inside a container `online` may be a forged file.
Result<> Pass::check_online_files() {
  if (by_hand_) return {};
  for (const uint32_t cpu : present_) {
    const std::string path = files_.of_cpu(cpu, "online");
    const Result<std::string> text = files_.text(path);
    if (!text && is_absent(text.error())) continue;
    if (!text) return tl::unexpected(text.error());
    const std::string_view state = chomp(*text);
    if (state != "0" && state != "1")
      return contradiction(fmt::format("{} holds {}, neither 0 nor 1", path, shown(*text)));
    if ((state == "1") != contains(online_, cpu))
      return contradiction(fmt::format("{} holds {}, but {} lists {}", path, state, files_.in_cpu_dir("online"),
                                       format_cpulist(online_)));
  }
  return {};
}

Result<> Pass::read_siblings() {
  for (const uint32_t cpu : online_) {
    if (by_hand_) siblings_[cpu] = {cpu};
    else if (Result<> read = read_siblings_of(cpu); !read) return read;
  }
  return {};
}

Result<> Pass::read_siblings_of(uint32_t cpu) {
  std::string path = siblings_file(cpu);
  Result<CpuList> list = files_.filled_list(path);
  if (!list && is_absent(list.error())) {
    path = files_.of_cpu(cpu, "topology/core_cpus_list");  // the newer name
    list = files_.filled_list(path);
  }
  if (!list && is_absent(list.error()))
    return fail(ErrorKind::unsupported,
                fmt::format("the kernel does not say which CPUs share a core: no {}", siblings_file(cpu)),
                kStateSiblings);
  if (!list) return tl::unexpected(list.error());
  if (!contains(*list, cpu))
    return contradiction(fmt::format("{} lists {}, without CPU {} itself", path, format_cpulist(*list), cpu));
  for (const uint32_t sibling : *list)
    if (!contains(present_, sibling))
      return contradiction(fmt::format("{} lists {}, but there is no CPU {} (present: {})", path, format_cpulist(*list),
                                       sibling, format_cpulist(present_)));
  CpuList running = intersection(*list, online_);
  if (running.size() > kMaxSiblings)
    return fail(ErrorKind::unsupported,
                fmt::format("{} lists {} siblings, at most {} can be measured", path, running.size(), kMaxSiblings),
                kStateSiblings);
  siblings_[cpu] = std::move(running);
  return {};
}

Result<> Pass::check_siblings() {
  for (const auto& [cpu, mine] : siblings_)
    for (const uint32_t sibling : mine) {
      const CpuList& theirs = siblings_[sibling];
      if (theirs == mine) continue;
      const std::string files = fmt::format("{} lists {}, {} lists {}", siblings_file(cpu), format_cpulist(mine),
                                            siblings_file(sibling), format_cpulist(theirs));
      if (contains(theirs, cpu)) return contradiction(fmt::format("CPU {} is in two sets of siblings: {}", cpu, files));
      return contradiction(fmt::format("CPU {} and CPU {} disagree on being siblings: {}", cpu, sibling, files));
    }
  return {};
}

Result<> Pass::read_labels() {
  auto labels = read_cpu_labels(files_, online_);
  if (!labels) return tl::unexpected(labels.error());
  labels_ = std::move(*labels);
  return {};
}

// Siblings share a core, so they share a package. (Their core_id may differ: AMD family 15h.)
Result<> Pass::check_packages() {
  for (const auto& [cpu, siblings] : siblings_) {
    const auto first = labels_[siblings.front()].package;
    const auto mine = labels_[cpu].package;
    if (first && mine && *first != *mine)
      return contradiction(fmt::format("{} lists {}, but CPU {} is in package {} and CPU {} in package {}",
                                       siblings_file(cpu), format_cpulist(siblings), siblings.front(), *first, cpu,
                                       *mine));
  }
  return {};
}

Topology Pass::build() {
  Topology topology;
  topology.possible_cpus = possible_.back() + 1;
  for (const uint32_t id : present_) {
    Cpu cpu{id, contains(online_, id), contains(isolated_, id), std::nullopt};
    if (cpu.online) cpu.core = siblings_[id].front();
    topology.cpus.push_back(cpu);
  }
  for (const auto& [cpu, siblings] : siblings_) {
    if (siblings.front() != cpu) continue;
    // A label on which the siblings differ is no label of the core.
    const auto common = [&, &members = siblings](std::optional<uint32_t> CpuLabels::*label) {
      const std::optional<uint32_t> first = labels_[members.front()].*label;
      const bool agreed =
          std::all_of(members.begin(), members.end(), [&](uint32_t member) { return labels_[member].*label == first; });
      return agreed ? first : std::nullopt;
    };
    topology.cores.push_back({cpu, common(&CpuLabels::package), common(&CpuLabels::core), common(&CpuLabels::node),
                              common(&CpuLabels::llc), siblings});
  }
  return topology;
}

}  // namespace

Result<Topology> read_topology(const ReadFile& read, const std::string& sys_root, Siblings siblings) {
  const std::string online = sys_root + "/devices/system/cpu/online";
  std::optional<std::string> seen;
  const ReadFile note_online = [&](const std::string& path) {
    Result<std::string> text = read(path);
    if (path == online && text) seen = *text;
    return text;
  };
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    seen.reset();
    Result<Topology> topology = Pass(note_online, sys_root, siblings).run();
    const Result<std::string> after = read(online);
    if (!seen || !after || *after == *seen) return topology;
  }
  return fail(ErrorKind::io, "CPUs kept going online and offline while the topology was read", "try again");
}

Result<Topology> read_topology(const std::string& sys_root, Siblings siblings) {
  const ReadFile read = [](const std::string& path) { return read_text_file(path, kMaxSysfsBytes); };
  return read_topology(read, sys_root, siblings);
}

}  // namespace smtscope
