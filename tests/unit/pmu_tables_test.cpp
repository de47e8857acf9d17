// SPDX-License-Identifier: Apache-2.0
// The tables: no contradictions, formulas that find their events, and every code against libpfm4.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include "kernel/pfm.h"
#include "pmu/fit.h"
#include "pmu/second_opinion.h"
#include "pmu_machines.h"
#include "topdown/dialects.h"

namespace smtscope::test {
namespace {

using pmu::Event;
using pmu::Microarchitecture;

TEST(PmuTables, AreConsistent) {
  std::set<std::string_view> ids;
  for (const Microarchitecture& table : pmu::microarchitectures()) {
    SCOPED_TRACE(table.id);
    EXPECT_TRUE(ids.insert(table.id).second);
    EXPECT_TRUE(table.find(table.instructions));
    EXPECT_TRUE(table.find(table.cycles));
    std::set<std::string_view> names;
    for (const Event& event : table.events) {
      SCOPED_TRACE(event.name);
      EXPECT_TRUE(names.insert(event.name).second);
      EXPECT_FALSE(event.what.empty());
      EXPECT_FALSE(event.source.empty());
      // slots and topdown-* are the kernel's; all others have a code that can be taken apart.
      const bool kernels = event.name == "slots" || event.name.starts_with("topdown-");
      EXPECT_EQ(event.code.has_value(), !kernels);
      if (event.code) {
        EXPECT_TRUE(pmu::terms_of(table.vendor, *event.code));
      }
    }
    for (const pmu::Plan& plan : table.plans)
      for (const auto& group : plan.groups)
        for (const std::string_view name : group) EXPECT_TRUE(table.find(name)) << name;
    for (const pmu::Extra& extra : table.extras)
      for (const std::string_view name : extra.events) EXPECT_TRUE(table.find(name)) << name;
  }
}

// A dialect of a plan exists, and level 1 of it can be computed from the plan's events; what cannot is remarked.
TEST(PmuTables, PlansHaveWhatTheirFormulasNeed) {
  for (const Microarchitecture& table : pmu::microarchitectures())
    for (const pmu::Plan& plan : table.plans) {
      if (plan.dialect.empty()) continue;
      SCOPED_TRACE(std::string(table.id) + " " + std::string(plan.dialect));
      const auto& all = topdown::all_dialects();
      const auto dialect =
          std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == plan.dialect; });
      ASSERT_NE(dialect, all.end());
      topdown::CountRecord record;
      for (const auto& group : plan.groups)
        for (const std::string_view name : group) record.counts[std::string(name)] = {1e6, Reason::ok};
      for (const DerivedCount& derived : plan.derived) {
        EXPECT_TRUE(topdown::Expression::parse(derived.expression)) << derived.expression;
        record.counts[derived.name] = {1e6, Reason::ok};
      }
      const auto evaluator = topdown::Evaluator::make(*dialect);
      ASSERT_TRUE(evaluator);
      for (const topdown::Metric& metric : evaluator->evaluate(record).metrics) {
        if (metric.kind != topdown::Kind::level1 || metric.asked_for) continue;
        EXPECT_TRUE(plan.remark.starts_with("partial")) << metric.name << " has not all its events";
      }
    }
}

TEST(PmuTables, IdentitiesDoNotOverlap) {
  const auto& all = pmu::microarchitectures();
  for (const Microarchitecture& table : all) {
    const CpuKind kind = kind_of(table.id);
    for (const Microarchitecture& other : all)
      EXPECT_EQ(other.fits(kind.identity, kind.device->name), &other == &table) << table.id << " and " << other.id;
  }
}

struct Compared {
  size_t same = 0, unnamed = 0;
  std::vector<std::string> problems;
};

// Every code of a table that libpfm4 has a name for. A difference must be on the list, and one on the list must differ.
Compared compare(const Microarchitecture& table, const Pfm& pfm) {
  Compared out;
  for (const Event& event : table.events) {
    if (!event.code || event.library.empty()) {
      ++out.unnamed;
      continue;
    }
    const std::string name = std::string(table.library) + "::" + std::string(event.library);
    const auto library = pfm.encode(name);
    if (!library) {
      out.problems.push_back(std::string(event.name) + ": " + library.error().what);
      continue;
    }
    const bool equal = library->config == *event.code && library->config1 == event.extra;
    const auto known = pmu::known_differences();
    const bool listed = std::any_of(known.begin(), known.end(), [&](const pmu::KnownDifference& one) {
      return one.library == table.library && one.name == event.library && one.wrong == library->config &&
             one.right == event.code;
    });
    if (equal == listed)
      out.problems.push_back(fmt::format("{}: table {:#x}, libpfm4 {:#x}, {} the list", event.name, *event.code,
                                         library->config, listed ? "on" : "not on"));
    out.same += equal ? 1 : 0;
  }
  return out;
}

bool libpfm_has(const Microarchitecture& table, const Pfm& pfm) {
  const Event* cycles = table.find(table.cycles);
  return !table.library.empty() && pfm.encode(fmt::format("{}::{}", table.library, cycles->library)).has_value();
}

class PmuLibrary : public testing::Test {
 protected:
  PmuLibrary() { setenv("LIBPFM_ENCODE_INACTIVE", "1", 1); }
  ~PmuLibrary() override { unsetenv("LIBPFM_ENCODE_INACTIVE"); }
};

TEST_F(PmuLibrary, AgreesWithEveryTable) {
  const auto pfm = Pfm::make();
  ASSERT_TRUE(pfm) << pfm.error().what;
  size_t tables = 0;
  for (const Microarchitecture& table : pmu::microarchitectures()) {
    if (!libpfm_has(table, *pfm)) {
      std::cout << table.id << ": libpfm4 here has no table\n";
      continue;
    }
    ++tables;
    const Compared compared = compare(table, *pfm);
    std::cout << table.id << ": " << compared.same << " the same, " << compared.unnamed << " without a name there\n";
    EXPECT_GT(compared.same, 4u) << table.id;
    for (const std::string& problem : compared.problems) ADD_FAILURE() << table.id << ": " << problem;
  }
#if defined(__x86_64__)
  EXPECT_EQ(tables, 9u);  // skx clx skl icx icl spr zen2 zen3 zen4
#endif
}

// One bit off in any code that libpfm4 knows is found.
TEST_F(PmuLibrary, FindsAWrongCode) {
  const auto pfm = Pfm::make();
  ASSERT_TRUE(pfm);
  size_t mutated = 0;
  for (const Microarchitecture& table : pmu::microarchitectures()) {
    if (!libpfm_has(table, *pfm)) continue;
    for (size_t i = 0; i < table.events.size(); ++i)
      for (const uint64_t bit : {0x1ull, 0x100ull, 0x1000000ull}) {
        if (!table.events[i].code || table.events[i].library.empty()) continue;
        Microarchitecture wrong = table;
        *wrong.events[i].code ^= bit;
        ++mutated;
        EXPECT_FALSE(compare(wrong, *pfm).problems.empty()) << table.id << " " << table.events[i].name;
      }
  }
  std::cout << mutated << " wrong codes\n";
#if defined(__x86_64__)
  EXPECT_GT(mutated, 300u);
#endif
}

TEST_F(PmuLibrary, DiffersWhereTheListSaysSo) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "the list is of x86";
#endif
  const auto pfm = Pfm::make();
  ASSERT_TRUE(pfm);
  for (const pmu::KnownDifference& one : pmu::known_differences()) {
    const auto library = pfm->encode(fmt::format("{}::{}", one.library, one.name));
    ASSERT_TRUE(library) << one.name;
    EXPECT_EQ(library->config, one.wrong) << one.library << " " << one.name;
    EXPECT_EQ(library->config1, one.wrong_extra) << one.library << " " << one.name;
    if (one.right) {
      EXPECT_TRUE(library->config != *one.right || library->config1 != one.right_extra) << one.name;
    }
  }
}

// What a user names comes out right, however libpfm4 has it.
TEST_F(PmuLibrary, KnownErrorsNeverReachAUser) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "the list is of x86";
#endif
  const auto pfm = Pfm::make();
  ASSERT_TRUE(pfm);
  for (const pmu::KnownDifference& one : pmu::known_differences())
    for (const Microarchitecture& table : pmu::microarchitectures()) {
      if (table.library != one.library) continue;
      CpuKind kind = kind_of(table.id);
      kind.device->format["frontend"] = "config1:0-23";
      const std::string name(one.name);
      const auto said = pmu::opinion(table, *kind.device, free_machine(), name,
                                     pfm->encode(fmt::format("{}::{}", one.library, name)), {});
      SCOPED_TRACE(fmt::format("{} {} {}", table.id, name, said.why));
      if (!one.right) {
        EXPECT_FALSE(said.event);
        continue;
      }
      ASSERT_TRUE(said.event);
      EXPECT_EQ(said.event->config.config, *one.right);
      EXPECT_EQ(said.event->config.config1, one.right_extra);
      // INST_RETIRED.ANY is the table's by name.
      EXPECT_NE(said.verdict, pmu::Verdict::refused);
    }
}

TEST(PmuOpinion, DisagreementThatIsNotKnownIsRefused) {
  const Microarchitecture& table = table_of("spr");
  const CpuKind kind = kind_of("spr");
  LibraryEvent library{.pmu = "spr", .name = "UOPS_ISSUED:ANY", .type = 4, .config = 0x1af};
  const auto said = pmu::opinion(table, *kind.device, free_machine(), "uops_issued.any", library, {});
  EXPECT_EQ(said.verdict, pmu::Verdict::refused);
  EXPECT_FALSE(said.event);
  EXPECT_NE(said.why.find("0x1ae"), std::string::npos) << said.why;
  EXPECT_NE(said.why.find("0x1af"), std::string::npos) << said.why;
  library.config = 0x1ae;
  EXPECT_EQ(pmu::opinion(table, *kind.device, free_machine(), "uops_issued.any", library, {}).verdict,
            pmu::Verdict::agree);
}

TEST(PmuOpinion, WrongNamesGetTheNearest) {
  const CpuKind kind = kind_of("icx");
  const Result<LibraryEvent> none = fail(ErrorKind::no_input, "no such event");
  const auto ours = pmu::opinion(table_of("icx"), *kind.device, free_machine(), "uops_isued.any", none, {});
  EXPECT_EQ(ours.nearest, "uops_issued.any");
  EXPECT_FALSE(ours.event);
  const auto theirs =
      pmu::opinion(table_of("icx"), *kind.device, free_machine(), "L2_LINES_IM:ALL", none, {"L2_LINES_IN:ALL"});
  EXPECT_EQ(theirs.nearest, "L2_LINES_IN:ALL");
  EXPECT_EQ(pmu::opinion(table_of("icx"), *kind.device, free_machine(), "xyzzy", none, {}).nearest, "");
  EXPECT_EQ(pmu::opinion(table_of("icx"), *kind.device, free_machine(), std::string(5000, 'a'), none, {}).nearest, "");
}

TEST(PmuOpinion, GenericNamesOfTheLibraryAreNoAnswer) {
  const CpuKind kind = kind_of("emr");
  const LibraryEvent library{.pmu = "perf", .name = "PERF_COUNT_HW_CPU_CYCLES", .type = 0, .config = 0};
  EXPECT_FALSE(pmu::opinion(table_of("emr"), *kind.device, free_machine(), "cycles_of_perf", library, {}).event);
}

TEST(PmuOpinion, SpellsForTheLibrary) {
  EXPECT_EQ(pmu::library_spelling("idq_uops_not_delivered.core"), "IDQ_UOPS_NOT_DELIVERED:CORE");
  EXPECT_EQ(pmu::library_spelling("ocr.reads_to_core.local_dram"), "OCR:READS_TO_CORE_LOCAL_DRAM");
  EXPECT_EQ(pmu::library_spelling("UOPS_DECODED:DEC0:c=1"), "UOPS_DECODED:DEC0:c=1");
  EXPECT_EQ(pmu::library_spelling("resyncs"), "RESYNCS");
}

TEST(PmuLibraryNames, BadOnesAreErrors) {
  const auto pfm = Pfm::make();
  if (!pfm) GTEST_SKIP() << "libpfm4 knows no CPU of this kind";
  for (const std::string& name : {std::string(), std::string("::"), std::string(":"), std::string(100000, 'x'),
                                  std::string("a\0b", 3), std::string("no_such_event"), std::string("%s%n")})
    EXPECT_FALSE(pfm->encode(name)) << name.substr(0, 20);
}

TEST(PmuFit, CountersAreGivenOutAsAWhole) {
  const uint64_t four = pmu::general_counters(4);
  EXPECT_TRUE(pmu::fits({pmu::kGeneral, pmu::kGeneral, pmu::kGeneral, pmu::kGeneral}, four));
  EXPECT_FALSE(pmu::fits({pmu::kGeneral, pmu::kGeneral, pmu::kGeneral, pmu::kGeneral, pmu::kGeneral}, four));
  // One that came first moves to make room for one that has no choice.
  EXPECT_TRUE(pmu::fits({pmu::kGeneral, pmu::kFirst}, four));
  EXPECT_FALSE(pmu::fits({pmu::kFirst, pmu::kFirst}, four));
  EXPECT_TRUE(pmu::fits({pmu::kGeneral | pmu::fixed(1), pmu::kGeneral | pmu::fixed(1)}, 1 | pmu::fixed(1)));
  EXPECT_FALSE(pmu::fits({pmu::fixed(3)}, four));
  EXPECT_TRUE(pmu::fits({pmu::kNoCounter}, 0));
}

}  // namespace
}  // namespace smtscope::test
