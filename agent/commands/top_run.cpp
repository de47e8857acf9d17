// SPDX-License-Identifier: Apache-2.0
#include "commands/top_run.h"

#include <algorithm>

#include "kernel/clock.h"

namespace smtscope {
namespace {

constexpr uint64_t kPictureNs = kSecondNs / 20;  // a recording that plays fast is shown so often
constexpr uint64_t kNever = UINT64_MAX;

}  // namespace

TopRun::TopRun(TopFeed& feed, Terminal& terminal, uint64_t interval_ns, double speed)
    : feed_(feed), terminal_(terminal), interval_ns_(interval_ns), speed_(speed) {
  if (const auto of = feed.of()) state_.of = TopOf{*of, std::nullopt};
}

Result<> TopRun::run() {
  paint();
  if (auto r = read_view(); !r) return Failure(r.error());
  sample_ns_ = monotonic_ns() + interval_ns_;
  tick_ns_ = monotonic_ns() + kSecondNs;
  play_ns_ = monotonic_ns();
  for (;;) {
    if (dirty_) paint();
    const Terminal::Event event = terminal_.wait(due_ns());
    if (event.stop) return {};
    dirty_ |= event.resized || event.resumed;
    if (event.key) {
      const auto over = handle(*event.key);
      if (!over) return Failure(over.error());
      if (*over) return {};
    }
    if (auto r = do_what_is_due(); !r) return r;
  }
}

uint64_t TopRun::due_ns() const {
  if (!feed_.recorded()) return std::min(sample_ns_, tick_ns_);
  if (jumping_) return 0;
  return paused_ || (ended_ && at_newest()) ? kNever : play_ns_;
}

Result<> TopRun::do_what_is_due() {
  const uint64_t now = monotonic_ns();
  if (now < due_ns()) return {};
  if (feed_.recorded()) return play_on(now);
  tick_ns_ = now + kSecondNs;
  if (now < sample_ns_) return feed_.tick();
  // Pictures that were missed (a stopped machine) are left out.
  while (sample_ns_ <= now) sample_ns_ += interval_ns_;
  const auto more = read_view();
  if (!more) return Failure(more.error());
  if (!paused_ && !tape_.empty()) show(tape_.newest());
  dirty_ = true;
  return {};
}

Result<> TopRun::play_on(uint64_t now_ns) {
  const uint64_t until = now_ns + kPictureNs;
  do {
    if (auto r = step_forward(); !r) return r;
    if (!shown_) continue;
    const double window_ns = shown_->stat.figures.window_seconds * 1e9;
    play_ns_ += static_cast<uint64_t>(window_ns / speed_);
  } while ((jumping_ || play_ns_ <= now_ns) && !(ended_ && at_newest()) && monotonic_ns() < until);
  if (play_ns_ <= now_ns) play_ns_ = monotonic_ns();  // too fast for this machine: not made up for
  if (ended_ && at_newest()) jumping_ = false;
  return {};
}

Result<bool> TopRun::read_view() {
  auto frame = feed_.next();
  if (!frame) return Failure(frame.error());
  dirty_ = true;
  if (!*frame) {
    ended_ = true;
    return false;
  }
  const bool other_run = previous_ && (*frame)->run->started_unix_ns != previous_->run->started_unix_ns;
  if (other_run) state_.entity.reset();
  if (other_run && state_.of) state_.of->id.reset();
  if (previous_ && !(*frame)->begin) {
    tape_.push(top_view(*previous_, **frame));
    resolve_of(*tape_.at(tape_.newest()));
  }
  previous_ = std::move(**frame);
  return true;
}

void TopRun::resolve_of(const TopView& view) {
  if (!state_.of || state_.of->id) return;
  const std::string name = state_.of->name;
  for (const EntityFigures& e : view.stat.figures.entities)
    if (e.who.name == name || feed_.is_of(e.who)) state_.of = TopOf{e.who.name, e.who.id};
}

void TopRun::show(uint64_t number) {
  shown_number_ = number;
  shown_ = tape_.at(number);
  dirty_ = true;
}

Result<> TopRun::step_forward() {
  if (tape_.empty() || at_newest()) {
    if (!feed_.recorded() || ended_) return {};
    const uint64_t before = tape_.empty() ? 0 : tape_.newest() + 1;
    while (tape_.empty() || tape_.newest() + 1 == before) {
      const auto more = read_view();
      if (!more) return Failure(more.error());
      if (!*more) return {};
    }
    show(tape_.newest());
    return {};
  }
  show(std::max(shown_number_ + 1, tape_.oldest()));
  return {};
}

Result<bool> TopRun::handle(const TopKey& key) {
  hint_.clear();
  dirty_ = true;
  Result<> done;
  switch (press(key, state_, screen(), terminal_.size())) {
    case TopAsk::nothing: break;
    case TopAsk::quit: return true;
    case TopAsk::pause: toggle_pause(); break;
    case TopAsk::back: step_back(); break;
    case TopAsk::forward:
      paused_ = true;
      jumping_ = false;
      done = step_forward();
      break;
    case TopAsk::first: done = go_first(); break;
    case TopAsk::last: go_last(); break;
    case TopAsk::faster: change_pace(true); break;
    case TopAsk::slower: change_pace(false); break;
    case TopAsk::redraw: terminal_.redraw(); break;
  }
  if (!done) return Failure(done.error());
  return false;
}

TopScreen TopRun::screen() const {
  TopScreen screen;
  screen.view = shown_.get();
  screen.points = shown_ ? tape_.points(shown_number_) : std::vector<TopPoint>{};
  TopPlay& play = screen.play;
  play.recorded = feed_.recorded();
  play.paused = paused_;
  play.ended = ended_;
  play.jumping = jumping_;
  play.behind = tape_.empty() ? 0 : tape_.newest() - shown_number_;
  play.progress = feed_.progress();
  play.speed = speed_;
  play.interval_ns = interval_ns_;
  play.hint = hint_;
  play.warnings = feed_.warnings();
  return screen;
}

void TopRun::paint() {
  dirty_ = false;
  const TopScreen now = screen();
  settle(state_, now, terminal_.size());
  terminal_.paint(top_lines(now, state_, terminal_.look(), terminal_.size()));
}

}  // namespace smtscope
