// SPDX-License-Identifier: Apache-2.0
// The ids lent to the kernel side. 14 bits are enough for what runs at a time, not for everything that
// ever ran: under pressure, ids that two drains did not see are taken back and lent again.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/switch_object.h"

namespace smtscope {

class IdPool {
 public:
  // Ids seen by one drain (in any order, repeated or not): cells and open states of all cores.
  void saw(uint32_t id) {
    if (id < SMTSCOPE_ID_COUNT) last_seen_[id] = drain_;
  }
  // Call after each complete drain. Takes ids back if few are left or if some were refused.
  void after_drain(SwitchObject& object, uint64_t ids_dropped);

 private:
  struct Retiring {
    uint32_t id;
    uint64_t since;  // drain
  };
  void lend_again(SwitchObject& object);
  void retire_idle(SwitchObject& object);

  uint64_t drain_ = 1;
  uint64_t seen_dropped_ = 0;
  std::vector<uint64_t> last_seen_ = std::vector<uint64_t>(SMTSCOPE_ID_COUNT, 0);
  std::vector<Retiring> retiring_;
};

}  // namespace smtscope
