// SPDX-License-Identifier: Apache-2.0
// The loop of `top`: frames become views, keys move among them, the terminal shows one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "commands/top_feed.h"
#include "terminal/terminal.h"
#include "views/top_keys.h"
#include "views/top_state.h"
#include "views/top_tape.h"

namespace smtscope {

class TopRun {
 public:
  // `speed` is that of a recording, 1 as it happened.
  TopRun(TopFeed& feed, Terminal& terminal, uint64_t interval_ns, double speed);
  // Until the person, a signal or an error ends it.
  [[nodiscard]] Result<> run();

 private:
  [[nodiscard]] Result<bool> read_view();  // the next view onto the tape; false: the recording is over
  [[nodiscard]] Result<> step_forward();
  void step_back();
  [[nodiscard]] Result<> go_first();
  void go_last();
  void change_pace(bool faster);
  void toggle_pause();
  [[nodiscard]] Result<> do_what_is_due();
  [[nodiscard]] Result<> play_on(uint64_t now_ns);
  [[nodiscard]] Result<bool> handle(const TopKey& key);  // true: the end
  void show(uint64_t number);
  void resolve_of(const TopView& view);
  void paint();
  [[nodiscard]] TopScreen screen() const;
  [[nodiscard]] uint64_t due_ns() const;
  [[nodiscard]] bool at_newest() const { return tape_.empty() || shown_number_ == tape_.newest(); }

  TopFeed& feed_;
  Terminal& terminal_;
  TopState state_;
  TopTape tape_;
  std::optional<Frame> previous_;
  std::shared_ptr<const TopView> shown_;  // stays while paused, also if the tape dropped it
  uint64_t shown_number_ = 0;
  uint64_t interval_ns_;
  double speed_;
  bool paused_ = false;
  bool ended_ = false;
  bool jumping_ = false;
  bool dirty_ = true;
  std::string hint_;
  uint64_t sample_ns_ = 0;  // live: the next picture
  uint64_t tick_ns_ = 0;    // live: the next time the kernel side is kept short
  uint64_t play_ns_ = 0;    // recorded: the next step
};

}  // namespace smtscope
