// SPDX-License-Identifier: Apache-2.0
// Event codes: as the vendors print them, taken apart, and put together again as the kernel's format/ files say.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "model/cpu_pmu.h"
#include "model/result.h"

namespace smtscope::pmu {

// perf_event_attr.config, config1, config2.
struct Config {
  uint64_t config = 0, config1 = 0, config2 = 0;
  bool operator==(const Config&) const = default;
};

// By name of the field: "event", "umask", "cmask". A field that is not named is 0.
using Terms = std::map<std::string, uint64_t, std::less<>>;

// A code of the vendor's layout, taken apart; fields that are 0 are left out, but "event". Bits of no field: error,
// bug.
[[nodiscard]] Result<Terms> terms_of(CpuVendor vendor, uint64_t code);

// "event=0x3c,umask=0x1,any" of a file in events/. Values with "?" are for the user to fill in: error.
[[nodiscard]] Result<Terms> parse_terms(std::string_view text);

// Each term put where the file format/<term> says: "config:0-7,32-35". A term without a file, a file that cannot be
// read, a value that is too wide: error of kind unsupported or input.
[[nodiscard]] Result<Config> place(const Terms& terms, const std::map<std::string, std::string>& format);

}  // namespace smtscope::pmu
