// SPDX-License-Identifier: Apache-2.0
// What keys do to what `top` shows.
#include <gtest/gtest.h>

#include "unit/top_fixture.h"

namespace smtscope {
namespace {

using test::has;
using test::hit;
using test::large_view;
using test::screen_of;
using test::smt_view;
using test::text_of;
using test::top_of;
using test::type;

class TopKeys : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const EntityFigures* e : entity_rows(view_, state_)) out.push_back(e->who.name);
    return out;
  }
  TopView view_ = top_of(smt_view());
  TopScreen screen_ = screen_of(view_);
  TopState state_;
};

TEST_F(TopKeys, WhatIsAskedOfThePlayer) {
  EXPECT_EQ(type("q", state_, screen_), TopAsk::quit);
  EXPECT_EQ(type(" ", state_, screen_), TopAsk::pause);
  EXPECT_EQ(type("p", state_, screen_), TopAsk::pause);
  EXPECT_EQ(type("+", state_, screen_), TopAsk::faster);
  EXPECT_EQ(type("-", state_, screen_), TopAsk::slower);
  EXPECT_EQ(type("\x0c", state_, screen_), TopAsk::redraw);
  EXPECT_EQ(hit(KeyName::left, state_, screen_), TopAsk::back);
  EXPECT_EQ(hit(KeyName::right, state_, screen_), TopAsk::forward);
  EXPECT_EQ(hit(KeyName::home, state_, screen_), TopAsk::first);
  EXPECT_EQ(hit(KeyName::end, state_, screen_), TopAsk::last);
}

TEST_F(TopKeys, Pages) {
  EXPECT_EQ(state_.page, TopPage::overview);
  for (const TopPage page : {TopPage::cores, TopPage::entities, TopPage::pairs, TopPage::overview}) {
    (void)hit(KeyName::tab, state_, screen_);
    EXPECT_EQ(state_.page, page);
  }
  (void)hit(KeyName::back_tab, state_, screen_);
  EXPECT_EQ(state_.page, TopPage::pairs);
  (void)type("2", state_, screen_);
  EXPECT_EQ(state_.page, TopPage::cores);
}

// Through every column and round again, each time sorted by it; then the other way round.
TEST_F(TopKeys, SortsByEveryColumn) {
  const auto columns = entity_columns(view_, 80);
  ASSERT_EQ(columns.size(), 7u);
  for (size_t i = 0; i < columns.size(); i++) {
    (void)type("s", state_, screen_);
    const auto at = std::find_if(columns.begin(), columns.end(),
                                 [&](const EntityColumn* c) { return c->header == state_.entity_sort.header; });
    ASSERT_NE(at, columns.end());
    for (int turn = 0; turn < 2; turn++) {
      const auto rows = entity_rows(view_, state_);
      for (size_t r = 1; r < rows.size(); r++) {
        if ((*at)->order) {
          const double above = (*at)->order(*rows[r - 1], view_), below = (*at)->order(*rows[r], view_);
          EXPECT_TRUE(turn ? above <= below : above >= below) << (*at)->header;
        } else {
          EXPECT_TRUE(turn ? rows[r - 1]->who.name >= rows[r]->who.name : rows[r - 1]->who.name <= rows[r]->who.name);
        }
      }
      EXPECT_TRUE(has(text_of(screen_, state_), "[" + std::string((*at)->header) + (turn ? "^]" : "]")));
      (void)type("r", state_, screen_);
    }
  }
  EXPECT_EQ(state_.entity_sort.header, "CPU");
  (void)type("<", state_, screen_);
  EXPECT_EQ(state_.entity_sort.header, "WORKLOAD");
  (void)type(">", state_, screen_);
  EXPECT_EQ(state_.entity_sort.header, "CPU");
}

TEST_F(TopKeys, PairsHaveTheirOwnOrder) {
  (void)type("4s", state_, screen_);
  EXPECT_EQ(state_.pair_sort.header, "OF THE FIRST");
  EXPECT_EQ(state_.entity_sort.header, "CPU");
  const auto rows = pair_rows(view_, state_);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].first->who.name, "system.slice/batch.service");
  EXPECT_EQ(rows[0].first, rows[0].second);
  EXPECT_TRUE(has(text_of(screen_, state_), "itself"));
}

TEST_F(TopKeys, WhatIsNotKnownIsSortedLast) {
  view_.stat.figures.entities[0].runqueue.reset();
  view_.stat.figures.entities[2].runqueue->p99_us.reset();  // in the bucket without a bound: above all
  state_.entity_sort = {"P99"};
  EXPECT_EQ(names(), (std::vector<std::string>{"kernel", "redis.service", "system.slice/batch.service"}));
}

TEST_F(TopKeys, FilterIsTypedKeptAndDropped) {
  (void)type("/REDIS", state_, screen_);
  EXPECT_EQ(names(), std::vector<std::string>{"redis.service"});
  EXPECT_TRUE(has(text_of(screen_, state_), "filter: REDIS_"));
  EXPECT_EQ(type("q", state_, screen_), TopAsk::nothing) << "typed, not the end";
  EXPECT_TRUE(has(text_of(screen_, state_), "nothing matches 'REDISq'"));
  (void)hit(KeyName::backspace, state_, screen_);
  (void)hit(KeyName::enter, state_, screen_);
  EXPECT_FALSE(state_.filter_before);
  EXPECT_EQ(state_.filter, "REDIS");
  EXPECT_TRUE(has(text_of(screen_, state_), "/ filter 'REDIS'"));
  (void)type("4", state_, screen_);
  EXPECT_EQ(pair_rows(view_, state_).size(), 2u) << "either of the two";
  (void)hit(KeyName::escape, state_, screen_);
  EXPECT_EQ(state_.filter, "");
  (void)type("/abc", state_, screen_);
  (void)hit(KeyName::escape, state_, screen_);
  EXPECT_EQ(state_.filter, "");
  EXPECT_EQ(names().size(), 3u);
}

TEST_F(TopKeys, FilterTakesCharactersNotBytes) {
  (void)type("/", state_, screen_);
  for (const char32_t c : {U'ä', U'漢', U'😀'}) (void)press({KeyName::character, c}, state_, screen_, {});
  EXPECT_EQ(state_.filter, "ä漢😀");
  for (const char* left : {"ä漢", "ä", ""}) {
    (void)hit(KeyName::backspace, state_, screen_);
    EXPECT_EQ(state_.filter, left);
  }
  (void)type(std::string(500, 'x'), state_, screen_);
  EXPECT_LE(state_.filter.size(), 60u);
}

// The selection stays with the entity when rows change places.
TEST_F(TopKeys, SelectionFollowsTheEntity) {
  (void)type("3j", state_, screen_);
  EXPECT_EQ(state_.entity, 4u);
  (void)type("r", state_, screen_);
  EXPECT_EQ(selected_row(entity_rows(view_, state_), state_), 1u);
  (void)hit(KeyName::enter, state_, screen_);
  ASSERT_TRUE(state_.of);
  EXPECT_EQ(state_.of->name, "redis.service");
  (void)hit(KeyName::escape, state_, screen_);
  EXPECT_FALSE(state_.of);
  (void)type("G", state_, screen_);
  EXPECT_EQ(selected_row(entity_rows(view_, state_), state_), 2u);
  (void)type("g", state_, screen_);
  EXPECT_EQ(selected_row(entity_rows(view_, state_), state_), 0u);
}

TEST_F(TopKeys, LongTablesScroll) {
  const TopView large = top_of(large_view(128, 200));
  const TopScreen screen = screen_of(large);
  (void)type("3", state_, screen);
  for (int i = 0; i < 50; i++) (void)hit(KeyName::down, state_, screen);
  EXPECT_TRUE(has(text_of(screen, state_), "service-50.service"));
  EXPECT_FALSE(has(text_of(screen, state_), "service-0.service"));
  (void)type("G", state_, screen);
  EXPECT_TRUE(has(text_of(screen, state_), "service-199.service"));
  (void)hit(KeyName::page_up, state_, screen);
  EXPECT_FALSE(has(text_of(screen, state_), "service-199.service"));
  (void)type("4GG", state_, screen);
  EXPECT_EQ(state_.pair, 198u);
  (void)hit(KeyName::enter, state_, screen);
  ASSERT_TRUE(state_.of);
  EXPECT_EQ(state_.of->name, "service-199.service");
}

TEST_F(TopKeys, HelpOpensScrollsAndCloses) {
  (void)type("?", state_, screen_);
  EXPECT_TRUE(has(text_of(screen_, state_), "KEYS"));
  (void)type("G", state_, screen_);
  EXPECT_TRUE(has(text_of(screen_, state_), "not measured   cost of a neighbour: needs instructions"))
      << text_of(screen_, state_);
  EXPECT_EQ(type("q", state_, screen_), TopAsk::nothing) << "closes the help";
  EXPECT_FALSE(state_.help);
}

}  // namespace
}  // namespace smtscope
