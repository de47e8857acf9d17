// SPDX-License-Identifier: Apache-2.0
// What keys ask of the loop of `top`: back and forward in time, pause, pace.
#include <algorithm>
#include <array>

#include "commands/top_run.h"
#include "kernel/clock.h"

namespace smtscope {
namespace {

constexpr std::array<uint64_t, 9> kIntervals = {kSecondNs / 10, kSecondNs / 5,  kSecondNs / 2,
                                                kSecondNs,      2 * kSecondNs,  5 * kSecondNs,
                                                10 * kSecondNs, 30 * kSecondNs, 60 * kSecondNs};
constexpr std::array<double, 11> kSpeeds = {0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 600, 3600};

// The next larger or smaller one of a ladder; the value itself at its ends.
template <class Ladder, class T>
T next_of(const Ladder& ladder, T now, bool larger) {
  const auto up = std::upper_bound(ladder.begin(), ladder.end(), now);
  if (larger) return up == ladder.end() ? now : *up;
  const auto down = std::lower_bound(ladder.begin(), ladder.end(), now);
  return down == ladder.begin() ? now : *(down - 1);
}

}  // namespace

void TopRun::step_back() {
  paused_ = true;
  jumping_ = false;
  dirty_ = true;
  if (tape_.empty()) return;
  if (shown_number_ > tape_.oldest()) show(shown_number_ - 1);
  else if (tape_.oldest() > 0)
    hint_ = feed_.recorded() ? "older intervals are not kept; Home starts at the beginning"
                             : "older intervals are not kept";
}

Result<> TopRun::go_first() {
  jumping_ = false;
  if (!feed_.recorded()) {
    paused_ = true;
    if (!tape_.empty()) show(tape_.oldest());
    return {};
  }
  if (auto r = feed_.rewind(); !r) return r;
  tape_.clear();
  previous_.reset();
  shown_.reset();
  ended_ = false;
  play_ns_ = monotonic_ns() + kSecondNs;
  return step_forward();
}

void TopRun::go_last() {
  if (feed_.recorded()) {
    jumping_ = !(ended_ && at_newest());
  } else {
    paused_ = false;
    if (!tape_.empty()) show(tape_.newest());
  }
}

void TopRun::toggle_pause() {
  paused_ = !paused_;
  jumping_ = false;
  play_ns_ = monotonic_ns();
  if (!paused_ && !feed_.recorded() && !tape_.empty()) show(tape_.newest());
}

void TopRun::change_pace(bool faster) {
  if (feed_.recorded()) {
    speed_ = next_of(kSpeeds, speed_, faster);
    play_ns_ = std::min(play_ns_, monotonic_ns() + kSecondNs);
  } else {
    interval_ns_ = next_of(kIntervals, interval_ns_, !faster);
    sample_ns_ = std::min(sample_ns_, monotonic_ns() + interval_ns_);
  }
}

}  // namespace smtscope
