// SPDX-License-Identifier: Apache-2.0
#include "pmu/second_opinion.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/nearest.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kRetired = "it counts uops of umask 1, which this machine does not document";
constexpr std::string_view kPseudo = "libpfm4 leaves the event at 0, which the kernel takes for a fixed counter";
constexpr std::string_view kNotHere = "this machine has no such event; libpfm4's code means a fixed counter";
constexpr std::string_view kUmask = "libpfm4 has another umask";
constexpr std::string_view kFrontend = "libpfm4 puts the value for MSR 0x3f7 into the umask";

constexpr KnownDifference kDifferences[] = {
    {.library = "skx", .name = "UOPS_RETIRED:STALL_CYCLES", .wrong = 0x18001c2, .right = 0x18002c2, .why = kRetired},
    {.library = "skx", .name = "UOPS_RETIRED:TOTAL_CYCLES", .wrong = 0xa8001c2, .right = 0x108002c2, .why = kRetired},
    {.library = "clx", .name = "UOPS_RETIRED:STALL_CYCLES", .wrong = 0x18001c2, .right = 0x18002c2, .why = kRetired},
    {.library = "clx", .name = "UOPS_RETIRED:TOTAL_CYCLES", .wrong = 0xa8001c2, .right = 0x108002c2, .why = kRetired},
    {.library = "skl", .name = "UOPS_RETIRED:STALL_CYCLES", .wrong = 0x18001c2, .right = 0x18002c2, .why = kRetired},
    {.library = "skl", .name = "UOPS_RETIRED:TOTAL_CYCLES", .wrong = 0xa8001c2, .right = 0x108002c2, .why = kRetired},
    {.library = "icx", .name = "TOPDOWN:BACKEND_BOUND_SLOTS", .wrong = 0x200, .right = 0x02a4, .why = kPseudo},
    {.library = "icx", .name = "TOPDOWN:BR_MISPREDICT_SLOTS", .wrong = 0x800, .why = kNotHere},
    {.library = "icx",
     .name = "MEM_LOAD_MISC_RETIRED:UC",
     .wrong = 0x4c4,
     .right = 0x4d4,
     .why = "libpfm4 has another event"},
    {.library = "icl", .name = "TOPDOWN:BACKEND_BOUND_SLOTS", .wrong = 0x200, .right = 0x02a4, .why = kPseudo},
    {.library = "icl", .name = "TOPDOWN:BR_MISPREDICT_SLOTS", .wrong = 0x800, .why = kNotHere},
    {.library = "icl",
     .name = "MEM_LOAD_MISC_RETIRED:UC",
     .wrong = 0x4c4,
     .right = 0x4d4,
     .why = "libpfm4 has another event"},
    {.library = "spr", .name = "TOPDOWN:BACKEND_BOUND_SLOTS", .wrong = 0x200, .right = 0x02a4, .why = kPseudo},
    {.library = "spr",
     .name = "TOPDOWN:BAD_SPEC_SLOTS",
     .wrong = 0x400,
     .right = 0x04a4,
     .why = "libpfm4's code is that of slots itself"},
    {.library = "spr", .name = "TOPDOWN:BR_MISPREDICT_SLOTS", .wrong = 0x800, .right = 0x08a4, .why = kPseudo},
    {.library = "spr", .name = "TOPDOWN:MEMORY_BOUND_SLOTS", .wrong = 0x1000, .right = 0x10a4, .why = kPseudo},
    {.library = "spr", .name = "INST_RETIRED:ANY", .wrong = 0x1c0, .right = 0xc0, .why = kUmask},
    {.library = "spr",
     .name = "UOPS_RETIRED:MS",
     .wrong = 0x8c2,
     .right = 0x4c2,
     .right_extra = 0x8,
     .extra_field = "frontend",
     .why = kFrontend},
    {.library = "spr",
     .name = "INT_MISC:UNKNOWN_BRANCH_CYCLES",
     .wrong = 0x7ad,
     .right = 0x40ad,
     .right_extra = 0x7,
     .extra_field = "frontend",
     .why = kFrontend},
    {.library = "spr",
     .name = "ARITH:IDIV_ACTIVE",
     .wrong = 0x8b0,
     .right = 0x10008b0,
     .why = "libpfm4 counts without the mask that makes it cycles"},
    {.library = "spr", .name = "MEM_TRANS_RETIRED:STORE_SAMPLE", .wrong = 0x3cd, .right = 0x2cd, .why = kUmask},
    {.library = "spr",
     .name = "EXE:AMX_BUSY",
     .wrong = 0x2b7,
     .right = 0x2b7,
     .wrong_extra = 0x2,
     .why = "libpfm4 sets config1, which the event does not have"},
};

const KnownDifference* known(const LibraryEvent& library, const std::string& asked) {
  for (const KnownDifference& one : kDifferences)
    if (one.library == library.pmu && one.wrong == library.config && one.wrong_extra == library.config1 &&
        (one.name == library.name || one.name == asked))
      return &one;
  return nullptr;
}

const Event* in_table(const Microarchitecture& table, const std::string& asked, const std::string& spelled,
                      const LibraryEvent* library) {
  for (const Event& event : table.events) {
    if (event.name == asked) return &event;
    if (event.library.empty()) {
      if (library_spelling(event.name) == spelled) return &event;
    } else if (event.library == spelled || (library && event.library == library->name)) {
      return &event;
    }
  }
  return nullptr;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Opinion refuse(Opinion out, std::string why) {
  out.verdict = Verdict::refused;
  out.event.reset();
  out.why = std::move(why);
  return out;
}

// libpfm4's fields are the vendor's; where they stand, the kernel says.
Result<Config> placed(CpuVendor vendor, uint64_t code, uint64_t extra, std::string_view extra_field,
                      const PmuDevice& device) {
  auto terms = terms_of(vendor, code);
  if (!terms) return Failure(terms.error());
  if (extra) terms->emplace(extra_field, extra);
  return place(*terms, device.format);
}

std::string_view extra_field_of(const LibraryEvent& event) {
  if (event.name.starts_with("OCR") || event.name.starts_with("OFFCORE_RESPONSE")) return "offcore_rsp";
  if (event.name.starts_with("FRONTEND")) return "frontend";
  return "ldlat";
}

// Only libpfm4 has it.
Opinion by_library(Opinion out, const Microarchitecture& table, const PmuDevice& device, const LibraryEvent& library,
                   const std::string& spelled) {
  uint64_t code = library.config, extra = library.config1;
  std::string_view field = extra_field_of(library);
  out.verdict = Verdict::library_only;
  if (const KnownDifference* difference = known(library, spelled)) {
    if (!difference->right)
      return refuse(std::move(out), fmt::format("libpfm4 encodes it as {:#x}: {}", code, difference->why));
    out.verdict = Verdict::known_difference;
    out.why = fmt::format("libpfm4 encodes it wrongly as {:#x}: {}", code, difference->why);
    code = *difference->right;
    extra = difference->right_extra;
    field = difference->extra_field;
    out.table_code = code;
  }
  const auto config = placed(table.vendor, code, extra, field, device);
  if (!config) return refuse(std::move(out), config.error().what);
  out.event = OwnEvent{out.asked, *config};
  return out;
}

}  // namespace

std::span<const KnownDifference> known_differences() { return kDifferences; }

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::agree: return "agree";
    case Verdict::known_difference: return "known_difference";
    case Verdict::table_only: return "table_only";
    case Verdict::library_only: return "library_only";
    case Verdict::refused: return "refused";
  }
  return "";
}

std::string library_spelling(std::string_view name) {
  std::string out;
  for (const char c : name) {
    // The first point parts event and umask; further ones are part of the umask's name.
    const bool first = out.find(':') == std::string::npos;
    if (c == '.') out += first ? ':' : '_';
    else out += c >= 'a' && c <= 'z' && first ? static_cast<char>(c - 'a' + 'A') : c;
  }
  // The umask in capitals, modifiers ("c=1") as they are.
  for (size_t at = out.find(':'); at != std::string::npos && at + 1 < out.size();) {
    const size_t end = std::min(out.find(':', at + 1), out.size());
    if (out.substr(at, end - at).find('=') == std::string::npos)
      for (size_t i = at; i < end; ++i)
        if (out[i] >= 'a' && out[i] <= 'z') out[i] = static_cast<char>(out[i] - 'a' + 'A');
    at = end == out.size() ? std::string::npos : end;
  }
  return out;
}

Opinion opinion(const Microarchitecture& table, const PmuDevice& device, const PmuFacts& facts,
                const std::string& asked, const Result<LibraryEvent>& library, const std::vector<std::string>& names) {
  Opinion out;
  out.asked = asked;
  const std::string spelled = library_spelling(asked);
  // Its generic events ("perf::") say nothing about this machine.
  const bool theirs = library && library->pmu == table.library && !table.library.empty();
  if (theirs) out.library_name = library->pmu + "::" + library->name, out.library_code = library->config;
  const Event* ours = in_table(table, lower(asked), spelled, theirs ? &*library : nullptr);
  if (!ours && !theirs) {
    std::vector<std::string> all;
    all.reserve(table.events.size());
    for (const Event& event : table.events) all.emplace_back(event.name);
    out.nearest = nearest(lower(asked), all, 3);
    if (out.nearest.empty()) out.nearest = nearest(spelled, names, 3);
    return refuse(std::move(out), "neither the table nor libpfm4 knows this name for this machine");
  }
  if (theirs && !library->all_modes)
    return refuse(std::move(out), "an event of user or kernel mode alone; name it without :u and :k");
  if (!ours) return by_library(std::move(out), table, device, *library, spelled);
  out.table_name = ours->name;
  out.table_code = ours->code;
  const FoundEvent found = find_event(table, *ours, device, facts);
  if (found.reason != Reason::ok) return refuse(std::move(out), found.why);
  out.event = OwnEvent{std::string(ours->name), found.config};
  out.verdict = Verdict::table_only;
  // Its code is the kernel's: nothing to compare.
  if (!theirs || !ours->code) return out;
  if (library->config == *ours->code && library->config1 == ours->extra) {
    out.verdict = Verdict::agree;
    return out;
  }
  const KnownDifference* difference = known(*library, spelled);
  if (!difference || difference->right != ours->code)
    return refuse(std::move(out),
                  fmt::format("the table says {:#x}, libpfm4 {:#x}, and which is wrong is not known: not "
                              "counted",
                              *ours->code, library->config));
  out.verdict = Verdict::known_difference;
  out.why = fmt::format("libpfm4 encodes it wrongly as {:#x}: {}", library->config, difference->why);
  return out;
}

}  // namespace smtscope::pmu
