// SPDX-License-Identifier: Apache-2.0
#include "kernel/perf_group.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace smtscope {
namespace {

std::string joined(std::span<const CounterEvent> events) {
  std::string text;
  for (const CounterEvent& event : events) text += (text.empty() ? "" : ", ") + event.name;
  return text;
}

// The kernel says EINVAL for a group that is too large and for an event that it does not know: the latter is
// refused alone too.
Error refused_member(std::span<const CounterEvent> events, size_t member, Error error, PerfTarget target, PerfMode mode,
                     const PerfRules& rules) {
  if (error.sys_errno != EINVAL || member == 0) return error;
  const CounterEvent& event = events[member];
  if (auto alone = open_perf_event(event, target, mode, -1, rules); !alone) return std::move(alone.error());
  error.what = fmt::format("{} does not fit into a group with {}: {} of {} events fit", event.name,
                           joined(events.first(member)), member, events.size());
  error.mend = "count fewer events in this group";
  return error;
}

}  // namespace

Result<PerfGroup> PerfGroup::open(std::span<const CounterEvent> events, PerfTarget target, PerfMode mode,
                                  const PerfRules& rules) {
  if (events.empty()) return fail(ErrorKind::bug, "a group without events");
  PerfGroup group;
  for (size_t i = 0; i < events.size(); i++) {
    auto fd = open_perf_event(events[i], target, mode, i ? group.fds_[0].get() : -1, rules);
    if (!fd) return Failure(refused_member(events, i, std::move(fd.error()), target, mode, rules));
    uint64_t id = 0;
    if (ioctl(fd->get(), PERF_EVENT_IOC_ID, &id))
      return fail(ErrorKind::io,
                  fmt::format("{} has no id: {}", events[i].name, std::generic_category().message(errno)), {}, errno);
    group.fds_.push_back(std::move(*fd));
    group.ids_.push_back(id);
  }
  return group;
}

Result<> PerfGroup::control(unsigned long request, const char* what) {
  if (ioctl(fds_[0].get(), request, 0) == 0) return {};
  return fail(ErrorKind::io, fmt::format("cannot {} a group: {}", what, std::generic_category().message(errno)), {},
              errno);
}

// Members are enabled from the start and follow their leader.
Result<> PerfGroup::enable() { return control(PERF_EVENT_IOC_ENABLE, "enable"); }
Result<> PerfGroup::disable() { return control(PERF_EVENT_IOC_DISABLE, "disable"); }

Result<> PerfGroup::read(std::span<PerfCount> out) const {
  constexpr size_t kOnStack = 35;  // 16 members
  std::array<uint64_t, kOnStack> some{};
  std::vector<uint64_t> many;
  std::span<uint64_t> words = some;
  if (group_read_words(size()) > kOnStack) {
    many.resize(group_read_words(size()));
    words = many;
  }
  ssize_t got = 0;
  do got = ::read(fds_[0].get(), words.data(), words.size_bytes());
  while (got < 0 && errno == EINTR);
  if (got < 0) {
    const int error = errno;
    return fail(ErrorKind::io, fmt::format("cannot read a group: {}", std::generic_category().message(error)), {},
                error);
  }
  return parse_group_read(words, static_cast<size_t>(got), ids_, out);
}

std::vector<std::vector<uint32_t>> counter_groups(const CounterPlan& plan) {
  std::vector<std::vector<uint32_t>> groups;
  for (uint32_t i = 0; i < plan.events.size(); i++) {
    if (plan.events[i].reason != Reason::ok) continue;
    const auto same = [&](const std::vector<uint32_t>& g) { return plan.events[g[0]].group == plan.events[i].group; };
    const auto at = std::find_if(groups.begin(), groups.end(), same);
    if (at == groups.end()) {
      groups.push_back({i});
    } else {
      at->push_back(i);
    }
  }
  return groups;
}

size_t group_fits(std::span<const CounterEvent> events, PerfTarget target, PerfMode mode, const PerfRules& rules) {
  std::vector<Fd> fds;
  for (const CounterEvent& event : events) {
    auto fd = open_perf_event(event, target, mode, fds.empty() ? -1 : fds[0].get(), rules);
    if (!fd) break;
    fds.push_back(std::move(*fd));
  }
  return fds.size();
}

}  // namespace smtscope
