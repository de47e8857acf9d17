// SPDX-License-Identifier: Apache-2.0
// Right configurations: defaults, --set, the environment, files, printing.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "config/load.h"
#include "config/names.h"
#include "config/print.h"
#include "config/reference.h"
#include "config/schema.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

std::string read_whole(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

Config parsed(const std::string& yaml, std::vector<std::string> sets = {}) {
  const auto config = parse_config({"c.yaml", yaml, std::move(sets)});
  EXPECT_TRUE(config) << config.error().what;
  return config.value_or(Config{});
}

// One of each type, which has every key.
const std::string kAll = "exporters: [{type: prometheus}, {type: jsonl}, {type: otlp}, {type: elasticsearch}]\n";

TEST(Config, TheDefaultsAreThoseOfTheContract) {
  const Config contract = parsed(read_whole(SMTSCOPE_FIXTURES "/config/contract.yaml"));
  EXPECT_EQ(contract, parsed(kAll));
  EXPECT_EQ(print_config(contract), print_config(parsed(kAll)));

  Config expected;
  expected.exporters = {{.type = "prometheus", .name = "prometheus"},
                        {.type = "jsonl", .name = "jsonl", .interval = 1s, .detail = Detail::cpu},
                        {.type = "otlp", .name = "otlp", .interval = 10s},
                        {.type = "elasticsearch", .name = "elasticsearch", .interval = 10s}};
  EXPECT_EQ(contract, expected);
}

TEST(Config, WithoutAFileThereIsThePrometheusExporterAlone) {
  EXPECT_EQ(parsed(""), Config{});
  EXPECT_EQ(parsed("# nothing\n"), Config{});
  EXPECT_EQ(parsed("host:\nlimits: {}\nhttp:\n"), Config{});
}

TEST(Config, UnsetIntervalsOfExportersAreMultiplesOfTheAgents) {
  const Config config = parsed("interval: 3s\n" + kAll);
  EXPECT_EQ(config.exporters[0].interval, std::nullopt);
  EXPECT_EQ(config.exporters[1].interval, 3s);
  EXPECT_EQ(config.exporters[2].interval, 12s);
  EXPECT_EQ(parsed("interval: 60s\n" + kAll).exporters[3].interval, 60s);
  EXPECT_EQ(parsed("interval: 100ms\n" + kAll).exporters[3].interval, 10s);
}

// A value other than the default for each key.
const std::map<std::string, std::string> kChanges = {
    {"interval", "2s"},
    {"host.id", "\"0\""},
    {"host.name", "node-1"},
    {"host.proc", "/host/proc"},
    {"host.sys", "/host/sys"},
    {"host.cgroup", "\"/host/c#: group\""},
    {"attributes", "{b: 'it''s', a: 1, \"c: d\": \"\\\"\\\\\", e: ünï, f: \"\", g: null_, h: \"null\", i: \"~\"}"},
    {"topology.siblings", "0,1;2-3"},
    {"topology.attested", "false"},
    {"collectors.scheduler.enabled", "auto"},
    {"collectors.counters.enabled", "false"},
    {"collectors.numa.enabled", "true"},
    {"collectors.tcp.enabled", "false"},
    {"limits.entities", "16000"},
    {"limits.pairs", "1"},
    {"limits.ports", "0"},
    {"limits.series", "100"},
    {"budget.cpu_percent", "0.1"},
    {"budget.memory", "100000001"},
    {"budget.ns_per_switch", "1e-3"},
    {"identity.kubernetes.enabled", "false"},
    {"identity.kubernetes.cluster_name", "prod - 1"},
    {"identity.kubernetes.node_name", "true"},
    {"identity.kubernetes.kubeconfig", "~/.kube/config"},
    {"identity.kubernetes.labels", "[]"},
    {"http.listen", "\"[::1]:9464\""},
    {"http.bearer_token_file", "/run/token"},
    {"http.tls", "{cert_file: c.pem, key_file: k.pem}"},
    {"recorder.path", "/var/lib/smtscope/recorder"},
    {"recorder.max_size", "1GiB"},
    {"recorder.interval", "1500ms"},
    {"spool.path", "spool"},
    {"spool.max_size", "1MiB"},
    {"spool.max_age", "720h"},
    {"delivery.queue", "65537"},
    {"delivery.flush_timeout", "123ms"},
    {"delivery.backoff.initial", "1m"},
    {"delivery.backoff.max", "3599999ms"},
    {"delivery.park", "24h"},
    {"exporters", "[]"},
    {"log.level", "debug"},
    {"log.format", "json"},
    {"exporters.0.name", "scrape"},
    {"exporters.0.detail", "cpu"},
    {"exporters.1.type", "otlp"},
    {"exporters.1.name", "1"},
    {"exporters.1.interval", "5s"},
    {"exporters.1.detail", "core"},
    {"exporters.1.path", "/var/log/points.jsonl"},
    {"exporters.2.endpoint", "https://[::1]:4318/base"},
    {"exporters.2.compression", "none"},
    {"exporters.2.timeout", "100ms"},
    {"exporters.2.temporality", "delta"},
    {"exporters.2.histograms", "exponential"},
    {"exporters.2.headers_file", "headers"},
    {"exporters.2.tls", "{ca_file: ca.pem, cert_file: c, key_file: k, insecure: true}"},
    {"exporters.3.endpoints", "[\"https://a:9200\", http://b]"},
    {"exporters.3.variant", "portable"},
    {"exporters.3.namespace", "prod_1"},
    {"exporters.3.compression", "none"},
    {"exporters.3.timeout", "1m"},
    {"exporters.3.proxy", "http://proxy:3128"},
    {"exporters.3.api_key_file", "/run/key"},
    {"exporters.3.username", "elastic"},
    {"exporters.3.password_file", "/run/password"},
    {"exporters.3.tls", "{insecure: true}"},
};

// What a change needs beside itself.
std::vector<std::string> sets_of(const std::string& key, const std::string& value) {
  std::vector<std::string> sets = {key + "=" + value};
  if (key == "exporters.1.type") sets.insert(sets.end(), {"exporters.1.name=a", "exporters.2.name=b"});
  if (key == "exporters.3.username") sets.emplace_back("exporters.3.password_file=p");
  if (key == "exporters.3.password_file") sets.emplace_back("exporters.3.username=u");
  return sets;
}

TEST(Config, WhatIsPrintedIsReadBackEqualAfterEveryChange) {
  const Config start = parsed(kAll);
  EXPECT_EQ(parsed(print_config(start)), start);
  EXPECT_EQ(parsed(print_config(Config{})), Config{});
  for (const auto& [key, value] : kChanges) {
    const Config changed = parsed(kAll, sets_of(key, value));
    EXPECT_NE(changed, start) << key;
    const std::string printed = print_config(changed);
    EXPECT_NE(printed, print_config(start)) << key;
    EXPECT_EQ(parsed(printed), changed) << key << "\n" << printed;
    EXPECT_EQ(print_config(parsed(printed)), printed) << key;
  }
}

TEST(Config, TheChangesHaveEveryKey) {
  std::set<std::string> keys;
  for (const std::string& key : all_keys())
    if (!key.starts_with("http.tls.")) keys.insert(key);
  for (size_t i = 0; i < kExporterTypes.size(); ++i)
    for (const std::string& key : exporter_keys(kExporterTypes[i]))
      keys.insert("exporters." + std::to_string(i) + "." + key);
  // The same code for all types.
  for (const char* key :
       {"exporters.0.type", "exporters.2.type", "exporters.3.type", "exporters.2.name", "exporters.3.name",
        "exporters.2.interval", "exporters.3.interval", "exporters.2.detail", "exporters.3.detail"})
    EXPECT_EQ(keys.erase(key), 1u) << key;
  for (const std::string& key : keys) EXPECT_TRUE(kChanges.contains(key)) << "no change of " << key;
}

TEST(Config, PrintsInTheOrderOfTheContract) {
  const std::string printed = print_config(parsed("", {"http.tls={cert_file: a, key_file: b}"}));
  EXPECT_TRUE(printed.starts_with("interval: 1s\nhost:\n  id: null\n  name: null\n  proc: /proc\n")) << printed;
  EXPECT_NE(printed.find("\nhttp:\n  listen: \"127.0.0.1:9464\"\n  bearer_token_file: null\n  tls:\n    cert_file: a\n"
                         "    key_file: b\nrecorder:\n"),
            std::string::npos)
      << printed;
  EXPECT_TRUE(
      printed.ends_with("exporters:\n  - type: prometheus\n    name: prometheus\n    detail: node\nlog:\n"
                        "  level: info\n  format: text\n"))
      << printed;
}

TEST(ConfigSet, GoesOverTheFileInOrder) {
  const Config config = parsed("limits: {entities: 5, pairs: 6}\n", {"limits.entities=7", "limits.entities=8"});
  EXPECT_EQ(config.limits.entities, 8u);
  EXPECT_EQ(config.limits.pairs, 6u);
}

TEST(ConfigSet, ElementsOfListsByIndex) {
  const Config config = parsed("", {"exporters.1.type=jsonl", "exporters.1.interval=5s", "exporters.0.detail=core",
                                    "exporters.2={type: jsonl, name: b, path: /tmp/b}"});
  ASSERT_EQ(config.exporters.size(), 3u);
  EXPECT_EQ(config.exporters[0].type, "prometheus");
  EXPECT_EQ(config.exporters[0].detail, Detail::core);
  EXPECT_EQ(config.exporters[1].interval, 5s);
  EXPECT_EQ(config.exporters[1].detail, Detail::cpu);
  EXPECT_EQ(config.exporters[2].path, "/tmp/b");
  EXPECT_EQ(parsed("", {"identity.kubernetes.labels.1=app"}).kubernetes.labels,
            (std::vector<std::string>{"app.kubernetes.io/name", "app"}));
  EXPECT_EQ(parsed(kAll, {"exporters.3.endpoints.1=http://b"}).exporters[3].elasticsearch.endpoints,
            (std::vector<std::string>{"http://127.0.0.1:9200", "http://b"}));
  EXPECT_EQ(parsed("exporters: []\n", {"exporters.0.type=jsonl"}).exporters.size(), 1u);
}

TEST(ConfigSet, ValuesAreYaml) {
  EXPECT_EQ(parsed("", {"http.listen=:0"}).http.listen, ":0");
  EXPECT_EQ(parsed("", {"http.listen=\"[::]:1\""}).http.listen, "[::]:1");
  EXPECT_EQ(parsed("host: {id: a}\n", {"host.id="}).host.id, std::nullopt);
  EXPECT_EQ(parsed("host: {id: a}\n", {"host.id=null"}).host.id, std::nullopt);
  EXPECT_EQ(parsed("", {"host.id='null'"}).host.id, "null");
  EXPECT_EQ(parsed("", {"host.id=a=b"}).host.id, "a=b");
  EXPECT_EQ(parsed("limits: {pairs: 5}\n", {"limits={ports: 5}"}).limits.pairs, 50u);
  EXPECT_EQ(parsed("http:\n", {"http.tls.cert_file=a", "http.tls.key_file=b"}).http.tls->key_file, "b");
}

TEST(ConfigAttributes, NamesHaveDotsAndTheEnvironmentIsBelowTheFile) {
  ConfigText text{"c.yaml", "attributes: {b: file, n: 5}", {"attributes.service.name=a.b", "attributes.z=false"}};
  text.resource_attributes = "b=env, c = x%20%2C%3dy ,,service.name=env,c=last,deployment%2Ename=";
  const auto config = parse_config(text);
  ASSERT_TRUE(config) << config.error().what;
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"b", "file"}, {"c", "last"}, {"deployment.name", ""}, {"n", "5"}, {"service.name", "a.b"}, {"z", "false"}};
  EXPECT_EQ(config->attributes, expected);
}

TEST(ConfigAttributes, TheEnvironmentIsChecked) {
  ConfigText text{"c.yaml", "", {}};
  text.resource_attributes = "a,b=%,c=%zz,=d,e=%ff,f=%01,g=ok,h=%4";
  const auto config = parse_config(text);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what,
            "the configuration has 7 problems:\n"
            "OTEL_RESOURCE_ATTRIBUTES: \"a\" is no name=value, percent-encoded\n"
            "OTEL_RESOURCE_ATTRIBUTES: \"b=%\" is no name=value, percent-encoded\n"
            "OTEL_RESOURCE_ATTRIBUTES: \"c=%zz\" is no name=value, percent-encoded\n"
            "OTEL_RESOURCE_ATTRIBUTES: \"h=%4\" is no name=value, percent-encoded\n"
            "OTEL_RESOURCE_ATTRIBUTES: \"\": the name is not possible: it is empty\n"
            "OTEL_RESOURCE_ATTRIBUTES: e: it has control characters or is not UTF-8\n"
            "OTEL_RESOURCE_ATTRIBUTES: f: it has control characters or is not UTF-8");
}

class ConfigFile : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    tree_.write_raw(name, text);
    return tree_.root() + "/" + name;
  }
  test::Tree tree_;
};

TEST_F(ConfigFile, IsReadAndNamedInMessages) {
  const auto config = load_config(file("a.yaml", "interval: 5s\r\nlog: {level: warn}\r\n"), {"log.format=json"});
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->interval, 5s);
  EXPECT_EQ(config->log.format, "json");
  const std::string bad = file("bad.yaml", "\n\ninterval: 5\n");
  const auto wrong = load_config(bad, {});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().what.find("\n" + bad + ":3: interval: \"5\" is not a duration"), std::string::npos);
}

TEST_F(ConfigFile, NotThereOrNotAFile) {
  for (const std::string& path : {tree_.root() + "/none.yaml", tree_.root()}) {
    const auto config = load_config(path, {});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, ErrorKind::no_input) << config.error().what;
    EXPECT_NE(config.error().what.find(path), std::string::npos);
  }
  const auto config = load_config(file("long.yaml", std::string(kMaxConfigBytes + 1, '#')), {});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::config);
}

TEST_F(ConfigFile, FilesThatAreNamedMustBeReadable) {
  const std::string good = file("token", "secret\n"), empty = file("empty", ""), none = tree_.root() + "/none";
  const std::string yaml = "identity: {kubernetes: {kubeconfig: " + none + "}}\nhttp: {bearer_token_file: " + good +
                           ", tls: {cert_file: " + none + ", key_file: " + tree_.root() +
                           "}}\nexporters:\n- {type: otlp, headers_file: " + empty + ", tls: {ca_file: " + none +
                           "}}\n- {type: elasticsearch, username: u, password_file: " + none +
                           ", tls: {cert_file: " + good + ", key_file: " + none +
                           "}}\n- {type: elasticsearch, name: b, api_key_file: " + none + "}\n";
  const std::string path = file("a.yaml", yaml);
  const auto config = load_config(path, {});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::config);
  const auto line = [&](int number, const std::string& what) {
    return path + ":" + std::to_string(number) + ": " + what;
  };
  const std::string missing = ": cannot read " + none + ": No such file or directory";
  EXPECT_EQ(config.error().what, "the configuration has 8 problems:\n" + line(1, "identity.kubernetes.kubeconfig") +
                                     missing + "\n" + line(2, "http.tls.cert_file") + missing + "\n" +
                                     line(2, "http.tls.key_file: cannot read " + tree_.root() + ": it is a folder") +
                                     "\n" + line(4, "exporters.0.headers_file: " + empty + " is empty") + "\n" +
                                     line(4, "exporters.0.tls.ca_file") + missing + "\n" +
                                     line(5, "exporters.1.password_file") + missing + "\n" +
                                     line(5, "exporters.1.tls.key_file") + missing + "\n" +
                                     line(6, "exporters.2.api_key_file") + missing);
  const auto parsed_only = parse_config({"a.yaml", yaml, {}});
  ASSERT_TRUE(parsed_only) << parsed_only.error().what;
  const std::vector<std::string> problems = check_files(*parsed_only);
  ASSERT_EQ(problems.size(), 8u);
  EXPECT_EQ(problems[0], "identity.kubernetes.kubeconfig" + missing);
  EXPECT_TRUE(check_files(Config{}).empty());
}

TEST(ConfigWarnings, OpenDoorsAndUnusedLocks) {
  const auto warned = [](const std::string& yaml) { return config_warnings(parsed(yaml)); };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(warned(""), Texts{});
  for (const char* listen : {"null", "localhost:1", "\"127.8.8.8:1\"", "\"[::1]:1\""})
    EXPECT_EQ(warned(std::string("exporters: []\nhttp: {listen: ") + listen + "}"), Texts{}) << listen;
  EXPECT_EQ(warned("http: {listen: \":9464\"}"),
            Texts{"http.listen: whoever reaches :9464 can read the metrics; http.bearer_token_file asks for a token, "
                  "http.tls encrypts"});
  EXPECT_EQ(
      warned("http: {listen: \"[::]:9464\", tls: {cert_file: a, key_file: b}}"),
      Texts{"http.listen: whoever reaches [::]:9464 can read the metrics; http.bearer_token_file asks for a token"});
  EXPECT_EQ(warned("http: {listen: \"node:9464\", bearer_token_file: t}"),
            Texts{"http.listen: the token travels to node:9464 unencrypted; http.tls encrypts"});
  EXPECT_EQ(warned("http: {listen: 0.0.0.0:1, bearer_token_file: t, tls: {cert_file: a, key_file: b}}"), Texts{});
  EXPECT_EQ(warned("exporters: [{type: otlp, endpoint: http://far/, headers_file: h}]"),
            Texts{"exporters.0: credentials are sent to http://far/ unencrypted; https:// encrypts"});
  EXPECT_EQ(warned("exporters: [{type: otlp, headers_file: h, tls: {ca_file: a}}]"),
            Texts{"exporters.0: tls is not used, no URL starts with https://"});
  EXPECT_EQ(warned("exporters: [{type: elasticsearch, api_key_file: k, endpoints: [https://a, http://b], tls: "
                   "{insecure: true}}]"),
            (Texts{"exporters.0: credentials are sent to http://b unencrypted; https:// encrypts",
                   "exporters.0: with tls.insecure anybody may stand in for the server"}));
}

TEST(ConfigurationPage, TheDocumentationIsUpToDate) {
  EXPECT_EQ(read_whole(SMTSCOPE_SOURCE_DIR "/docs/configuration.md"), configuration_page())
      << "run the target configuration_reference and put its output there";
}

TEST(ConfigurationPage, HasEveryKey) {
  const std::string page = configuration_page();
  for (const std::string& key : all_keys()) EXPECT_NE(page.find("| `" + key + "` |"), std::string::npos) << key;
  for (const std::string_view type : kExporterTypes)
    for (const std::string& key : exporter_keys(type))
      EXPECT_NE(page.find("| `" + key + "` |", page.find("### " + std::string(type))), std::string::npos) << key;
}

}  // namespace
}  // namespace smtscope
