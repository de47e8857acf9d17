// SPDX-License-Identifier: Apache-2.0
// Bytes as a history of one machine: which CPU switches, loses a switch, is closed or drained at which point
// of whose run, and how time passes. All that is accounted must be what the plain model says, to the tick.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "native/driver.h"

namespace {

using smtscope::native::Variant;

struct Machine {
  Variant variant;
  std::vector<unsigned> siblings;
};

const std::vector<Machine> kMachines = {
    {Variant::word, {2}},  {Variant::word, {1, 2}}, {Variant::queue, {2}},
    {Variant::queue, {4}}, {Variant::queue, {8}},   {Variant::queue, {3, 1}},
};
constexpr std::size_t kSteps = 1000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  smtscope::native::ByteChoices choices(data, size);
  const Machine& machine = kMachines[choices.below(kMachines.size())];
  smtscope::native::Driver driver(choices, machine.variant, machine.siblings);
  driver.run(kSteps);
  const std::string difference = driver.world().difference();
  if (!difference.empty()) {
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  }
  return 0;
}
