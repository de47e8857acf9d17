// SPDX-License-Identifier: Apache-2.0
// `smtscope doctor` as root, with the least capabilities, and with none.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "harness.h"

namespace smtscope::live {
namespace {

using nlohmann::json;

constexpr unsigned kNobody = 65534;

// Permitted, effective, inheritable and ambient, so that they outlive the exec.
bool keep_only(const std::vector<unsigned>& capabilities) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (const unsigned c : capabilities) {
    auto& d = data[c / 32];
    d.permitted = d.effective = d.inheritable = d.permitted | 1u << c % 32;
  }
  if (syscall(SYS_capset, &header, data) != 0) return false;
  for (const unsigned c : capabilities)
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) != 0) return false;
  return true;
}

// Runs smtscope as the user nobody with these capabilities. The program is opened before, as nobody may not
// walk to it.
Output run_as_nobody(std::vector<std::string> args, const std::vector<unsigned>& capabilities) {
  args.insert(args.begin(), "smtscope");
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  const std::string out = scratch_file("out"), err = scratch_file("err");
  const pid_t child = fork();
  if (child == 0) {
    const int program = open(SMTSCOPE_BINARY, O_RDONLY | O_CLOEXEC);
    const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (program < 0 || dup2(out_fd, 1) < 0 || dup2(err_fd, 2) < 0 || chdir("/") != 0) _exit(120);
    if (prctl(PR_SET_KEEPCAPS, 1) != 0 || setgroups(0, nullptr) != 0) _exit(121);
    if (setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) _exit(122);
    if (!keep_only(capabilities)) _exit(123);
    fexecve(program, argv.data(), environ);
    _exit(124);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out), read_text(err)};
}

json check(const json& doctor, const std::string& name) {
  for (const json& c : doctor.at("checks"))
    if (c.at("name") == name) return c;
  ADD_FAILURE() << "no check " << name << " in " << doctor.dump();
  return json::object({{"state", ""}, {"reason", nullptr}, {"mend", nullptr}});
}

void expect_shape(const json& doctor) {
  ASSERT_TRUE(doctor.is_object());
  EXPECT_TRUE(doctor.at("version").is_string());
  EXPECT_TRUE(doctor.at("kernel").is_string());
  static const std::set<std::string> kStates = {"active", "degraded", "unsupported", "disabled",
                                                "failed", "ok",       "unknown"};
  std::set<std::string> names;
  for (const json& c : doctor.at("checks")) {
    EXPECT_TRUE(kStates.contains(c.at("state").get<std::string>())) << c.dump();
    for (const char* text : {"reason", "mend", "cost"}) EXPECT_TRUE(c.at(text).is_string() || c.at(text).is_null());
    EXPECT_EQ(c.size(), 5u) << c.dump();
    EXPECT_TRUE(names.insert(c.at("name").get<std::string>()).second) << c.dump();
  }
}

class DoctorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_F(DoctorTest, RootCanRunTheMainJob) {
  const Output o = run_smtscope({"doctor", "--format", "json"});
  EXPECT_EQ(o.status, 0) << o.err;
  const json doctor = json::parse(o.out, nullptr, false);
  expect_shape(doctor);
  EXPECT_EQ(doctor.at("main_job"), true);
  EXPECT_EQ(check(doctor, "scheduler").at("state"), "active");
  EXPECT_TRUE(check(doctor, "scheduler").at("cost").is_string());
  EXPECT_EQ(check(doctor, "bpf").at("state"), "ok");
  EXPECT_EQ(check(doctor, "counters").at("state"), "unsupported");
  const Output text = run_smtscope({"doctor"});
  EXPECT_EQ(text.status, 0);
  EXPECT_EQ(text.out.rfind("This node can account", 0), 0u) << text.out;
}

TEST_F(DoctorTest, SiblingsByHandThatCannotBeAreAUsageError) {
  const Output o = run_smtscope({"doctor", "--siblings", "0,0"});
  EXPECT_EQ(o.status, 2) << o.err;
  EXPECT_TRUE(o.out.empty());
}

TEST_F(DoctorTest, WithoutCapabilitiesItSaysWhatToDo) {
  const Output o = run_as_nobody({"doctor", "--format", "json"}, {});
  EXPECT_EQ(o.status, 77) << o.err;
  const json doctor = json::parse(o.out, nullptr, false);
  expect_shape(doctor);
  EXPECT_EQ(doctor.at("main_job"), false);
  EXPECT_EQ(check(doctor, "scheduler").at("state"), "failed");
  EXPECT_EQ(check(doctor, "capabilities").at("state"), "failed");
  EXPECT_NE(check(doctor, "bpf").at("mend").get<std::string>().find("CAP_BPF"), std::string::npos);
  EXPECT_EQ(check(doctor, "compare_and_swap").at("state"), "unknown");
  const Output text = run_as_nobody({"doctor"}, {});
  EXPECT_EQ(text.status, 77);
  EXPECT_EQ(text.out.rfind("smtscope cannot run here: ", 0), 0u) << text.out;
  EXPECT_NE(text.out.find("mend: run as root"), std::string::npos);
}

TEST_F(DoctorTest, CapBpfAndCapPerfmonAreEnoughForTheMainJob) {
  const Output o = run_as_nobody({"doctor", "--format", "json"}, {CAP_BPF, CAP_PERFMON});
  EXPECT_EQ(o.status, 0) << o.out << o.err;
  const json doctor = json::parse(o.out, nullptr, false);
  expect_shape(doctor);
  EXPECT_EQ(doctor.at("main_job"), true);
  const Output stat =
      run_as_nobody({"stat", "--siblings", "0,1", "--duration", "500ms", "--format", "json"}, {CAP_BPF, CAP_PERFMON});
  EXPECT_EQ(stat.status, 0) << stat.err;
  const json object = json::parse(stat.out, nullptr, false);
  ASSERT_TRUE(object.is_object()) << stat.out;
  EXPECT_GT(object.at("cores").size(), 0u);
  EXPECT_GT(object.at("entities").size(), 0u);
}

TEST_F(DoctorTest, OneOfTheTwoIsNotEnough) {
  for (const unsigned only : {CAP_BPF, CAP_PERFMON}) {
    const Output o = run_as_nobody({"doctor", "--format", "json"}, {only});
    EXPECT_EQ(o.status, 77) << only << o.out;
    const json doctor = json::parse(o.out, nullptr, false);
    expect_shape(doctor);
    EXPECT_EQ(doctor.at("main_job"), false);
  }
}

TEST_F(DoctorTest, APlanNeedsNoPermission) {
  for (const bool root : {true, false}) {
    const std::vector<std::string> args = {"doctor", "--plan", "--format", "json", "--siblings", "0,1"};
    const Output o = root ? run_smtscope(args) : run_as_nobody(args, {});
    EXPECT_EQ(o.status, 0) << o.err;
    const json doctor = json::parse(o.out, nullptr, false);
    expect_shape(doctor);
    EXPECT_TRUE(doctor.at("main_job").is_null());
    const json& plan = doctor.at("plan");
    EXPECT_GT(plan.at("map_bytes"), 0);
    bool hook = false;
    for (const json& program : plan.at("programs")) hook |= program.at("hook") == "tp_btf/sched_switch";
    EXPECT_TRUE(hook) << plan.dump();
    EXPECT_TRUE(plan.at("ports").empty() && plan.at("connections").empty() && plan.at("perf_events").empty());
  }
}

// The plan tells the truth: the programs and maps that `doctor` then loads are those of the plan.
TEST_F(DoctorTest, ThePlanIsWhatIsLoaded) {
  const json plan = json::parse(run_smtscope({"doctor", "--plan", "--format", "json"}).out, nullptr, false);
  const json doctor = json::parse(run_smtscope({"doctor", "--format", "json"}).out, nullptr, false);
  const std::string reason = check(doctor, "scheduler").at("reason").get<std::string>();
  EXPECT_EQ(plan.at("plan").at("variant"), reason == "state word" ? "word" : "queue");
  const std::string waits = check(doctor, "run_queue").at("state").get<std::string>();
  EXPECT_EQ(plan.at("plan").at("run_queue"), waits == "active" ? "full" : waits == "degraded" ? "last_queued" : "off");
}

}  // namespace
}  // namespace smtscope::live
