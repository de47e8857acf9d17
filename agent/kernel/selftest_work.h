// SPDX-License-Identifier: Apache-2.0
// The work of the self-test: a loop of which every instruction is known, and one that stalls and mispredicts.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace smtscope {

// Two instructions a turn, in one cycle or so. `turns` > 0.
__attribute__((noinline)) inline void calibrated_loop(uint64_t turns) {
#if defined(__x86_64__)
  asm volatile(".balign 64\n1: dec %0\n jnz 1b" : "+r"(turns) : : "cc");
#elif defined(__aarch64__)
  asm volatile(".balign 64\n1: subs %0, %0, #1\n b.ne 1b" : "+r"(turns) : : "cc");
#else
#error "no calibrated loop for this architecture"
#endif
}
inline constexpr uint64_t kInstructionsPerTurn = 2;

// A chain of dependent loads through memory in no order, larger than the first caches, with branches that depend on
// what was loaded. Links and turns are chosen to take about a quarter of a millisecond on a core of today.
class StressWork {
 public:
  StressWork() : next_(kLinks) {
    // One cycle through all links (Sattolo), the same every time.
    for (uint32_t i = 0; i < kLinks; i++) next_[i] = i;
    for (uint32_t i = kLinks - 1; i > 0; i--) std::swap(next_[i], next_[random() % i]);
  }
  // The result only keeps the compiler from leaving the work out.
  __attribute__((noinline)) uint64_t run() {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < kTurns; i++) {
      at_ = next_[at_];
      if (random() & 1) asm volatile("" : "+r"(sum) : "r"(at_));
      else sum += at_;
    }
    return sum;
  }

 private:
  static constexpr uint32_t kLinks = 64 * 1024;  // 256 KiB
  static constexpr uint32_t kTurns = 10'000;
  uint32_t random() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  std::vector<uint32_t> next_;
  uint32_t state_ = 2463534242;
  uint32_t at_ = 0;
};

}  // namespace smtscope
