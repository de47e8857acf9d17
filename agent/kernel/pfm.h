// SPDX-License-Identifier: Apache-2.0
// libpfm4: how it encodes the events of this machine. Its answers are a second opinion; never count by them alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/cpu_pmu.h"
#include "model/result.h"

namespace smtscope {

// One at a time: the library has one state for the process. It ends with the object.
class Pfm {
 public:
  static Result<Pfm> make();
  Pfm(Pfm&& other) noexcept : ready_(std::exchange(other.ready_, false)) {}
  Pfm& operator=(Pfm&& other) = delete;
  Pfm(const Pfm&) = delete;
  Pfm& operator=(const Pfm&) = delete;
  ~Pfm();

  // "IDQ_UOPS_NOT_DELIVERED:CORE", "idq_uops_not_delivered.core", "skx::INST_RETIRED:ANY_P". Error no_input: it knows
  // no such event here; input: the name cannot be meant.
  [[nodiscard]] Result<LibraryEvent> encode(const std::string& name) const;

  // The microarchitectures that it finds here, without what it has for every machine.
  [[nodiscard]] std::vector<LibraryPmu> pmus() const;

 private:
  Pfm() = default;
  bool ready_ = true;
};

}  // namespace smtscope
