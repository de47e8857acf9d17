// SPDX-License-Identifier: Apache-2.0
#include "kernel/pfm.h"

#include <fmt/format.h>
#include <perfmon/pfmlib_perf_event.h>

#include <cstdlib>
#include <memory>

namespace smtscope {
namespace {

constexpr size_t kLongestName = 500;

struct Free {
  void operator()(char* text) const { std::free(text); }  // NOLINT(cppcoreguidelines-no-malloc): the library's strdup
};

template <class Info>
Info sized() {
  Info out{};
  out.size = sizeof out;
  return out;
}

// "skx::UOPS_RETIRED:ALL:e=0:i=1:c=1:t=0:u=1:k=1:.." taken apart.
void take_name(std::string_view full, LibraryEvent& out) {
  if (const size_t colons = full.find("::"); colons != std::string_view::npos) {
    out.pmu = full.substr(0, colons);
    full.remove_prefix(colons + 2);
  }
  bool first = true;
  while (!full.empty()) {
    const std::string_view part = full.substr(0, full.find(':'));
    full.remove_prefix(part.size() < full.size() ? part.size() + 1 : part.size());
    const size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    const bool zero = equals != std::string_view::npos && part.substr(equals) == "=0";
    if (key == "u" || key == "k") out.all_modes = out.all_modes && !zero;
    // Of modifiers those that change what is counted; the others are of perf or of guests.
    const bool shown =
        equals == std::string_view::npos || (!zero && (key == "e" || key == "i" || key == "c" || key == "t"));
    if (!shown) continue;
    out.name += (first ? "" : ":") + std::string(part);
    first = false;
  }
}

std::vector<std::string> events_of(const pfm_pmu_info_t& pmu) {
  std::vector<std::string> out;
  for (int at = pmu.first_event; at != -1; at = pfm_get_event_next(at)) {
    auto event = sized<pfm_event_info_t>();
    if (pfm_get_event_info(at, PFM_OS_NONE, &event) != PFM_SUCCESS) continue;
    bool masks = false;
    for (int i = 0; i < event.nattrs; ++i) {
      auto attribute = sized<pfm_event_attr_info_t>();
      if (pfm_get_event_attr_info(at, i, PFM_OS_NONE, &attribute) != PFM_SUCCESS) continue;
      if (attribute.type != PFM_ATTR_UMASK) continue;
      masks = true;
      out.push_back(fmt::format("{}:{}", event.name, attribute.name));
    }
    if (!masks) out.emplace_back(event.name);
  }
  return out;
}

}  // namespace

Result<Pfm> Pfm::make() {
  if (const int error = pfm_initialize(); error != PFM_SUCCESS)
    return fail(ErrorKind::unsupported, fmt::format("libpfm4: {}", pfm_strerror(error)),
                "it knows no CPU of this kind; the tables are used alone");
  return Pfm();
}

Pfm::~Pfm() {
  if (ready_) pfm_terminate();
}

Result<LibraryEvent> Pfm::encode(const std::string& name) const {
  if (name.empty() || name.size() > kLongestName || name.find('\0') != std::string::npos)
    return fail(ErrorKind::input, "not the name of an event");
  auto attr = perf_event_attr{};
  attr.size = sizeof attr;
  char* full = nullptr;
  auto asked = sized<pfm_perf_encode_arg_t>();
  asked.attr = &attr;
  asked.fstr = &full;
  const int error = pfm_get_os_event_encoding(name.c_str(), PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT, &asked);
  const std::unique_ptr<char, Free> owner(full);
  if (error != PFM_SUCCESS) {
    const bool unknown = error == PFM_ERR_NOTFOUND || error == PFM_ERR_NOTSUPP;
    return fail(unknown ? ErrorKind::no_input : ErrorKind::input,
                fmt::format("libpfm4: {}: {}", name, pfm_strerror(error)));
  }
  LibraryEvent out;
  take_name(full ? full : name, out);
  out.type = attr.type;
  out.config = attr.config;
  out.config1 = attr.config1;
  out.config2 = attr.config2;
  out.all_modes = out.all_modes && !attr.exclude_user && !attr.exclude_kernel;
  return out;
}

std::vector<LibraryPmu> Pfm::pmus() const {
  std::vector<LibraryPmu> out;
  if (!ready_) return out;
  for (int id = 0; id < PFM_PMU_MAX; ++id) {
    auto pmu = sized<pfm_pmu_info_t>();
    if (pfm_get_pmu_info(static_cast<pfm_pmu_t>(id), &pmu) != PFM_SUCCESS || !pmu.is_present) continue;
    if (pmu.type != PFM_PMU_TYPE_CORE || pmu.is_dfl) continue;
    out.push_back({pmu.name, pmu.desc, events_of(pmu)});
  }
  return out;
}

}  // namespace smtscope
