// SPDX-License-Identifier: Apache-2.0
// Files of counts: what perf really prints, other spellings of it, and what is none of it.
#include <fmt/format.h>

#include "topdown/event_names.h"
#include "unit/topdown_fixture.h"

namespace smtscope::test {
namespace {

using topdown::CountFile;
using topdown::CountRecord;
using topdown::read_counts;

CountFile read(const std::string& text) {
  const auto file = read_counts(text, "f");
  EXPECT_TRUE(file) << file.error().what;
  return file ? *file : CountFile{};
}

std::string error_of(const std::string& text) {
  const auto file = read_counts(text, "f");
  if (file) return "read " + std::to_string(file->records.size());
  EXPECT_EQ(file.error().kind, ErrorKind::input);
  EXPECT_FALSE(file.error().mend.empty());
  return file.error().what;
}

std::vector<std::string> ids_of(const CountFile& file) {
  std::vector<std::string> out;
  for (const CountRecord& record : file.records) out.push_back(record.id + " " + record.label);
  return out;
}

using Ids = std::vector<std::string>;

// Printed by perf 6.1 on a machine without a PMU.
TEST(TopdownPerf, Recorded) {
  const auto ids = [](const char* name) { return ids_of(read(fixture(std::string("perf/") + name))); };
  EXPECT_EQ(ids("plain.csv"), Ids({"f:3 "}));
  EXPECT_EQ(ids("plain.json"), Ids({"f:3 "}));
  EXPECT_EQ(ids("default.csv"), Ids({"f:3 "}));
  EXPECT_EQ(ids("repeated.csv"), Ids({"f:3 "}));
  EXPECT_EQ(ids("interval.csv"), Ids({"f:3 at 0.104 s", "f:6 at 0.204 s", "f:9 at 0.252 s"}));
  EXPECT_EQ(ids("per_cpu.csv"), Ids({"f:3 CPU0", "f:4 CPU1"}));
  EXPECT_EQ(ids("per_cpu_interval.json"),
            Ids({"f:3 CPU0, at 0.104 s", "f:4 CPU1, at 0.104 s", "f:7 CPU0, at 0.152 s", "f:8 CPU1, at 0.152 s"}));
  EXPECT_EQ(ids("per_core_interval.csv"), Ids({"f:3 S0-D0-C0, at 0.100 s", "f:5 S0-D0-C1, at 0.100 s",
                                               "f:7 S0-D0-C0, at 0.152 s", "f:9 S0-D0-C1, at 0.152 s"}));
  EXPECT_EQ(ids("per_socket.tsv"), Ids({"f:3 S0"}));
  EXPECT_EQ(ids("cgroup.csv"), Ids({"f:3 /"}));
  EXPECT_EQ(ids("append.csv"), Ids({"f:3 ", "f:7 "}));
  EXPECT_EQ(ids("summary.csv").back(), "f:7 summary");
}

TEST(TopdownPerf, RecordedWithoutPmuIsUnsupported) {
  for (const char* name : {"perf/plain.csv", "perf/plain.json"}) {
    const CountRecord record = read(fixture(name)).records.at(0);
    EXPECT_EQ(record.counts.at("cycles").why, Reason::unsupported);
    EXPECT_FALSE(record.counts.at("cycles").value);
    const auto metrics = evaluated(record);
    EXPECT_EQ(metrics.dialect, "ipc");
    EXPECT_EQ(metric_of(metrics, "ipc")->why, Reason::unsupported);
  }
}

// "x@ret" is a copy of x in group ret; an anchor is in the group that it is the anchor of.
std::string group_of(const std::string& event) {
  if (const size_t at = event.find('@'); at != std::string::npos) return event.substr(at + 1);
  for (const topdown::GroupCopy& copy : topdown::all_group_copies())
    if (copy.anchor == event && !copy.group.empty()) return copy.group;
  return event.starts_with("ex_ret_ops") || event.starts_with("stall_slot") || event.starts_with("op_") ? "ret" : "";
}

// As perf names it: copies have the same name, masks stand among the terms.
std::string perf_name(const std::string& event) {
  std::string name = event.substr(0, event.find('@'));
  if (const size_t mask = name.find(":cmask="); mask != std::string::npos)
    return "cpu/" + name.substr(0, mask) + ",cmask=0x" + name.substr(mask + 7) + "/";
  return name;
}

struct PerfStyle {
  std::string before, separator, after;
  bool json = false;
};

std::string as_perf(const CountRecord& record, const PerfStyle& style) {
  std::map<std::string, int> groups;
  std::string out;
  for (const auto& [event, count] : record.counts) {
    const int group = groups.emplace(group_of(event), groups.size()).first->second;
    const std::string value = count.value ? fmt::format("{:.0f}", *count.value) : "<not supported>";
    const int runtime = 1'000'000 + group;
    if (style.json)
      out +=
          fmt::format(
              R"({{"counter-value" : "{}", "unit" : "", "event" : "{}", "event-runtime" : {}, "pcnt-running" : 50.00}})",
              value, perf_name(event) + style.after, runtime) +
          "\n";
    else
      out += style.before + fmt::format("{}{s}{s}{}{s}{}{s}50.00{s}{s}\n", value, perf_name(event) + style.after,
                                        runtime, fmt::arg("s", style.separator));
  }
  return out;
}

// What the vectors hold comes out the same from perf's output: events of all machines, and copies in other groups.
TEST(TopdownPerf, AllVectorsAsPerfPrintsThem) {
  size_t done = 0;
  for (const PerfStyle& style : {PerfStyle{"", ",", "", false}, PerfStyle{"  1.000123456;CPU3;", ";", ":u", false},
                                 PerfStyle{"", "", "", true}, PerfStyle{"S1\t16\t", "\t", "", false}})
    for (const Vector& vector : load_vectors()) {
      if (vector.record.formula == "identity_only") continue;
      const auto file = read_counts(as_perf(vector.record, style), "f");
      ASSERT_TRUE(file) << file.error().what << vector.record.id;
      ASSERT_EQ(file->records.size(), 1u) << as_perf(vector.record, style);
      auto topdown = topdown::Topdown::make(vector.record.formula);
      const auto metrics = topdown->evaluate(file->records[0]);
      ASSERT_TRUE(metrics);
      EXPECT_EQ(differences(vector, *metrics), "") << vector.record.id << "\n" << as_perf(vector.record, style);
      ++done;
    }
  EXPECT_EQ(done, 4u * 45);
}

TEST(TopdownPerf, CopiesGoWithTheirGroup) {
  const auto file = read(
      "600,,de_src_op_disp.all,100,50.00,,\n"
      "1000,,ls_not_halted_cyc,100,50.00,,\n"
      "300,,ex_ret_ops,100,50.00,,\n"
      "2000,,ls_not_halted_cyc,101,25.00,,\n"
      "1200,,de_no_dispatch_per_slot.no_ops_from_frontend,101,25.00,,\n"
      "4000,,ls_not_halted_cyc,100,50.01,,\n"
      "2400,,de_no_dispatch_per_slot.backend_stalls,100,50.01,,\n");
  const auto& counts = file.records.at(0).counts;
  EXPECT_EQ(counts.at("ls_not_halted_cyc@ret").value, 1000);
  EXPECT_EQ(counts.at("ls_not_halted_cyc@fe").value, 2000);
  EXPECT_EQ(counts.at("ls_not_halted_cyc@be").value, 4000);
  EXPECT_FALSE(counts.contains("ls_not_halted_cyc@smt"));
  auto topdown = topdown::Topdown::make("zen4_l1_split_cycles");
  const auto metrics = topdown->evaluate(file.records[0]);
  EXPECT_NEAR(*value_of(*metrics, "frontend_bound"), 10, 1e-9);
  EXPECT_NEAR(*value_of(*metrics, "retiring"), 5, 1e-9);
  EXPECT_DOUBLE_EQ(*metrics->running, 0.25);
}

// What a newer or another perf prints: extra columns, metrics without a count, raw events with commas, hybrid halves.
TEST(TopdownPerf, OtherShapes) {
  const auto file = read(
      "12,,cpu/event=0x3c,umask=0x0,name=cpu_clk_unhalted.thread/u,77,100.00,,\n"
      ",,,,,25.5,tma_retiring\n"
      "24,,inst_retired.any:u,77,100.00,2.00,insn per cycle\n"
      "7,,page-faults:u,77,100.00,100.000,K/sec\n");
  ASSERT_EQ(file.records.size(), 1u);
  EXPECT_EQ(file.records[0].label, ":u");
  EXPECT_EQ(value_of(evaluated(file.records[0]), "ipc"), 2);

  const auto hybrid = read(
      R"({"counter-value" : "100.000000", "event" : "cpu_core/slots/", "event-runtime" : 5, "pcnt-running" : 100.00})"
      "\n"
      R"({"counter-value" : "40.000000", "event" : "cpu_core/topdown-retiring/", "event-runtime" : 5, "pcnt-running" : 100.00, "metric-value" : "40.0", "metric-unit" : "%  tma_retiring", "metric-threshold" : "good"})"
      "\n"
      R"({"metric-value" : "0.1", "metric-unit" : "%  tma_x"})"
      "\n"
      R"({"counter-value" : "70.000000", "event" : "cpu_atom/TOPDOWN_RETIRING.ALL/", "event-runtime" : 5, "pcnt-running" : 100.00})"
      "\n");
  EXPECT_EQ(ids_of(hybrid), Ids({"f:1 cpu_core", "f:4 cpu_atom"}));
  EXPECT_EQ(hybrid.records[0].counts.at("topdown-retiring").value, 40);
  EXPECT_EQ(hybrid.records[1].counts.at("topdown_retiring.all").value, 70);

  const auto cgroup =
      read("9,,cycles,system.slice/a.service,5,100.00,1.0,K/sec\n18,,instructions,system.slice/a.service,5,100.00,,\n");
  EXPECT_EQ(ids_of(cgroup), Ids({"f:1 system.slice/a.service"}));
  const auto thread = read("my,odd/name-123,9,,cycles,5,100.00,,\n");
  EXPECT_EQ(ids_of(thread), Ids({"f:1 my,odd/name-123"}));
  const auto locale = read("0,58;msec;task-clock;577136;100,00;0,027;CPUs utilized\n9;;cycles;577136;99,50;;\n");
  EXPECT_DOUBLE_EQ(*locale.records[0].counts.at("cycles").running, 0.995);
}

TEST(TopdownPerf, UserAndKernelAreNotMixed) {
  const auto file = read("9,,cycles:u,5,100.00,,\n8,,instructions:u,5,100.00,,\n7,,cycles:k,5,100.00,,\n");
  ASSERT_EQ(file.records.size(), 2u);
  EXPECT_EQ(file.records[0].counts.at("cycles").value, 9);
  EXPECT_EQ(file.records[1].counts.at("cycles").value, 7);
  EXPECT_FALSE(value_of(evaluated(file.records[1]), "ipc"));
}

TEST(TopdownNames, Spellings) {
  const auto name = [](const char* spelled) { return topdown::event_name(spelled).name; };
  EXPECT_EQ(name("CPU_CLK_UNHALTED.THREAD"), "cpu_clk_unhalted.thread");
  EXPECT_EQ(name("cpu_clk_unhalted.thread:u"), "cpu_clk_unhalted.thread");
  EXPECT_EQ(name("cpu/slots/"), "slots");
  EXPECT_EQ(name("cpu/topdown-retiring/uk"), "topdown-retiring");
  EXPECT_EQ(name("cpu_core/topdown-retiring/"), "topdown-retiring");
  EXPECT_EQ(name("armv8_pmuv3_0/stall_slot/"), "stall_slot");
  EXPECT_EQ(name("cpu-cycles:ppp"), "cycles");
  EXPECT_EQ(name("UOPS_DECODED.DEC0:c1"), "uops_decoded.dec0:cmask=1");
  EXPECT_EQ(name("cpu/UOPS_DECODED.DEC0,cmask=0x1/u"), "uops_decoded.dec0:cmask=1");
  EXPECT_EQ(name("x:cmask=6"), "x:cmask=6");
  EXPECT_EQ(name("uncore_imc_0/cycles/"), "uncore_imc_0/cycles/");
  EXPECT_EQ(topdown::event_name("cycles:G").privilege, "G");
  EXPECT_EQ(topdown::event_name("cpu_atom/topdown-retiring/").name, "topdown_retiring.all");
  EXPECT_EQ(topdown::event_name("cpu_atom/topdown-retiring/").pmu, "cpu_atom");
}

TEST(TopdownNames, UnknownOnesAreToldOnce) {
  const auto file = read(
      "5,,topdown-retirin,5,100.00,,\n5,,topdown-retirin:u,5,100.00,,\n6,,some_event.of_mine,5,100.00,,\n7,,cache-"
      "misses,5,100.00,,\n");
  ASSERT_EQ(file.remarks.size(), 1u);
  EXPECT_NE(file.remarks[0].find("topdown-retirin (did you mean topdown-retiring?)"), std::string::npos)
      << file.remarks[0];
  EXPECT_NE(file.remarks[0].find("some_event.of_mine"), std::string::npos);
  EXPECT_EQ(file.remarks[0].find("cache-misses"), std::string::npos);
}

TEST(TopdownErrors, SayWhere) {
  EXPECT_EQ(error_of(""), "f: no counts in it");
  EXPECT_EQ(error_of("# only a comment\n\n"), "f: no counts in it");
  EXPECT_EQ(error_of("hello\n"), "f:1: no count of perf stat -x: \"hello\"");
  EXPECT_EQ(error_of("\x7f"
                     "ELF\x02\x01\n"),
            "f:1: no count of perf stat -x: \"?ELF??\"");
  EXPECT_EQ(error_of("5,,cycles,5,100.00,,\n6,,instr"), "f:2: no whole line of perf stat -x: \"6,,instr\"");
  EXPECT_EQ(error_of("5,,cycles,5,100.00,,\n6,,instructions,5,100.0"),
            "f:2: no whole line of perf stat -x: \"6,,instructions,5,100.0\"");
  EXPECT_EQ(error_of("{\"id\":\"a\",\"counts\":{\"cycles\":1}}\n{\"id\":\"b\",\"counts\":{\"cyc"),
            "f:2: the JSON ends too early");
  EXPECT_EQ(
      error_of("{\"id\":\"a\",\"counts\":{\"cycles\":1}}\n{\"counts\": nonsense}\n").find("f:2: no JSON at column"),
      0u);
  EXPECT_EQ(error_of("{\"counts\":{\"cycles\":true}}\n"), "f:1: counts.cycles is neither a number nor null");
  EXPECT_EQ(error_of("{\"counts\":[1]}\n"), "f:1: no object \"counts\"");
  EXPECT_EQ(error_of("{\"counts\":{\"a\":[1,\"x\"]}}\n"), "f:1: counts.a is a list of something else than numbers");
  EXPECT_EQ(error_of("{\"id\":7,\"counts\":{}}\n"), "f:1: \"id\" is no text");
  EXPECT_EQ(error_of("{\"x\":1}\n"), "f:1: neither \"counts\" of a test vector nor an \"event\" of perf stat -j");
  EXPECT_EQ(error_of("{\"counts\":{\"a\":1e999}}\n"), "f:1: JSON with a number that is too large, or the like");
  EXPECT_EQ(error_of("{\"event\":\"cycles\"}\n"), "f:1: no \"counter-value\" for event cycles");
  EXPECT_EQ(error_of(fixture("perf/people.txt")), "f:4: perf stat's text for people");
  EXPECT_EQ(error_of(fixture("perf/metric_only.csv")), "f: no counts in it");
}

// Cut anywhere, a file is refused or has fewer lines; never another number.
TEST(TopdownErrors, CutAnywhere) {
  const std::string whole = as_perf(load_vectors()[0].record, {"", ",", "", false});
  const auto counts = read(whole).records.at(0).counts;
  for (size_t cut = 1; cut < whole.size(); ++cut) {
    const auto file = read_counts(whole.substr(0, cut), "f");
    if (!file) continue;
    for (const auto& [event, count] : file->records.at(0).counts) EXPECT_EQ(count.value, counts.at(event).value) << cut;
  }
}

TEST(TopdownVectorFormat, UnknownFieldsAndOtherWordsForNothing) {
  const auto file = read(
      "\xEF\xBB\xBF{\"counts\":{\"cycles\":\"<not "
      "supported>\",\"instructions\":5},\"more\":[{}],\"running_pct\":null}\r\n\n");
  ASSERT_EQ(file.records.size(), 1u);
  EXPECT_EQ(file.records[0].id, "f:1");
  EXPECT_EQ(metric_of(evaluated(file.records[0]), "ipc")->why, Reason::unsupported);
}

TEST(TopdownVectorFormat, ReadingsThatAreNotKnown) {
  for (const char* back : {"null", "[1,null,3]", "[]"}) {
    const auto file = read(
        std::string(R"({"formula":"identity_only","counts":{"back_after_IOC_ENABLE":[1,2,3],"back":)") + back + "}}\n");
    EXPECT_EQ(metric_of(evaluated(file.records.at(0)), "needs_reopen")->why, Reason::not_counted) << back;
  }
  const auto moving = read(R"({"formula":"identity_only","counts":{"back":[1,2,3],"back_after_IOC_ENABLE":[1,4,5]}})"
                           "\n");
  EXPECT_EQ(value_of(evaluated(moving.records.at(0)), "needs_reopen"), 0);
}

TEST(TopdownDialects, UnknownOnes) {
  const auto wrong = topdown::Topdown::make("tma_icl_perf_metric");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::usage);
  EXPECT_NE(wrong.error().what.find("did you mean tma_icl_perf_metrics?"), std::string::npos);
  EXPECT_NE(wrong.error().mend.find("zen4_l1_group"), std::string::npos);
  auto topdown = topdown::Topdown::make(std::nullopt);
  CountRecord record = made("zen4_l1_grup", {{"cycles", 1}});
  const auto metrics = topdown->evaluate(record);
  EXPECT_EQ(metric_of(*metrics, "retiring")->why, Reason::unsupported);
  EXPECT_EQ(topdown->remarks().at(0), "made: formula \"zen4_l1_grup\" is not known; did you mean zen4_l1_group?");
}

TEST(TopdownDialects, AmbiguousOnesAreUnknown) {
  CountRecord record = made("x", {{"ls_not_halted_cyc", 1000},
                                  {"slots", 6000},
                                  {"ex_ret_ops", 100},
                                  {"de_no_dispatch_per_slot.no_ops_from_frontend", 1},
                                  {"de_no_dispatch_per_slot.backend_stalls", 1},
                                  {"de_no_dispatch_per_slot.smt_contention", 1}});
  record.formula.reset();
  const auto metrics = evaluated(record);
  EXPECT_FALSE(metrics.dialect);
  EXPECT_EQ(metric_of(metrics, "retiring")->why, Reason::unsupported);
  record.uarch = "zen5";
  EXPECT_EQ(evaluated(record).dialect, "zen5_l1_group");
}

TEST(TopdownDialects, AllFormulasCanBeRead) {
  for (const topdown::Dialect& dialect : topdown::all_dialects()) {
    EXPECT_TRUE(topdown::Evaluator::make(dialect)) << dialect.id;
    EXPECT_FALSE(dialect.machine.empty()) << dialect.id;
  }
  for (const char* wrong : {"", "1 +", "(1", "a b", "max0(1, 2)", "first()", "none(1)", "1..2", "a + ) 1"})
    EXPECT_FALSE(topdown::Expression::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace smtscope::test
