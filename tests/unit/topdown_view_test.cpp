// SPDX-License-Identifier: Apache-2.0
#include "views/topdown_view.h"

#include "unit/topdown_fixture.h"
#include "views/text_format.h"

namespace smtscope::test {
namespace {

using nlohmann::json;

TEST(TopdownView, JsonIsTheContracts) {
  for (const Vector& vector : load_vectors()) {
    const auto metrics = evaluated(vector.record);
    const json object = json::parse(topdown_json(metrics));
    EXPECT_EQ(object["id"], vector.record.id);
    EXPECT_EQ(object["dialect"], *vector.record.formula);
    EXPECT_EQ(object.size(), 5u);
    for (const auto& [name, value] : object["metrics"].items()) {
      EXPECT_TRUE(value.is_number() || value.is_null());
      EXPECT_EQ(value.is_null(), object["why"].contains(name)) << vector.record.id << " " << name;
    }
    for (const char* name : {"running", "closure_error"}) {
      ASSERT_TRUE(object["quality"].contains(name));
      EXPECT_EQ(object["quality"][name].is_null(), object["quality"].value("why", json::object()).contains(name));
    }
    EXPECT_TRUE(object["quality"]["validity"].is_string());
  }
}

TEST(TopdownView, NoDialectSaysWhy) {
  topdown::CountRecord record;
  record.id = "\xff\x1b[31m";
  const json object = json::parse(topdown_json(evaluated(record)));
  EXPECT_TRUE(object["dialect"].is_null());
  EXPECT_EQ(object["why"]["dialect"], "unsupported");
  EXPECT_TRUE(object["metrics"]["retiring"].is_null());
  EXPECT_EQ(topdown_text(evaluated(record)).find('\x1b'), std::string::npos);
}

TEST(TopdownView, TextFitsTheScreen) {
  for (const Vector& vector : load_vectors()) {
    std::istringstream lines(topdown_text(evaluated(vector.record)));
    std::string line;
    while (std::getline(lines, line)) {
      EXPECT_LE(text::width(line), 80u) << line;
      EXPECT_FALSE(line.empty());
    }
  }
}

TEST(TopdownView, Text) {
  for (const Vector& vector : load_vectors()) {
    if (vector.record.id != "skl-user-any-denied") continue;
    EXPECT_EQ(topdown_text(evaluated(vector.record)),
              "skl-user-any-denied: tma_pre_icl_ebs\n"
              "  frontend_bound                       17.3 %  #####\n"
              "  retiring                             56.4 %  #################\n"
              "  not known: bad_speculation, backend_bound (not_counted)\n"
              "  partial; counted 50 % of the time\n");
    return;
  }
  FAIL();
}

}  // namespace
}  // namespace smtscope::test
