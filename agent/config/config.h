// SPDX-License-Identifier: Apache-2.0
// The agent's configuration as plain values; the member initialisers are the documented defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtscope {

using namespace std::chrono_literals;

inline constexpr const char* kDefaultConfigPath = "/etc/smtscope/smtscope.yaml";

enum class Enabled : uint8_t { no, yes, automatic };
enum class Detail : uint8_t { node, core, cpu };  // core and cpu add theirs to the node's

struct HostConfig {
  std::optional<std::string> id;    // none: the machine id
  std::optional<std::string> name;  // none: NODE_NAME, else the host name
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string cgroup = "/sys/fs/cgroup";
  bool operator==(const HostConfig&) const = default;
};

struct TopologyConfig {
  std::optional<std::string> siblings;  // "0,1;2,3"
  Enabled attested = Enabled::automatic;
  bool operator==(const TopologyConfig&) const = default;
};

struct CollectorsConfig {
  Enabled scheduler = Enabled::yes;
  Enabled counters = Enabled::automatic;
  Enabled numa = Enabled::automatic;
  Enabled tcp = Enabled::automatic;
  bool operator==(const CollectorsConfig&) const = default;
};

// What is exported; the rest adds to `other`.
struct LimitsConfig {
  uint32_t entities = 200;
  uint32_t pairs = 50;
  uint32_t ports = 50;
  uint32_t series = 20000;
  bool operator==(const LimitsConfig&) const = default;
};

struct BudgetConfig {
  double cpu_percent = 1;  // of one CPU, the agent's own threads
  uint64_t memory_bytes = 128u << 20;
  double ns_per_switch = 1500;
  bool operator==(const BudgetConfig&) const = default;
};

struct KubernetesConfig {
  Enabled enabled = Enabled::automatic;
  std::optional<std::string> cluster_name;
  std::optional<std::string> node_name;
  std::optional<std::string> kubeconfig;
  std::vector<std::string> labels = {"app.kubernetes.io/name"};
  bool operator==(const KubernetesConfig&) const = default;
};

struct HttpTlsConfig {
  std::string cert_file;
  std::string key_file;
  bool operator==(const HttpTlsConfig&) const = default;
};

struct HttpConfig {
  std::optional<std::string> listen = "127.0.0.1:9464";  // none: nothing listens
  std::optional<std::string> bearer_token_file;
  std::optional<HttpTlsConfig> tls;
  bool operator==(const HttpConfig&) const = default;
};

struct RecorderConfig {
  std::optional<std::string> path;  // none: off
  uint64_t max_size_bytes = 256u << 20;
  std::chrono::nanoseconds interval = 1s;
  bool operator==(const RecorderConfig&) const = default;
};

struct SpoolConfig {
  std::string path = "/var/lib/smtscope/spool";
  uint64_t max_size_bytes = 256u << 20;
  std::chrono::nanoseconds max_age = 2h;
  bool operator==(const SpoolConfig&) const = default;
};

struct DeliveryConfig {
  uint64_t queue_bytes = 32u << 20;
  std::chrono::nanoseconds flush_timeout = 5s;
  std::chrono::nanoseconds backoff_initial = 500ms;
  std::chrono::nanoseconds backoff_max = 60s;
  std::chrono::nanoseconds park = 60s;
  bool operator==(const DeliveryConfig&) const = default;
};

struct ClientTlsConfig {
  std::optional<std::string> ca_file;
  std::optional<std::string> cert_file;
  std::optional<std::string> key_file;
  bool insecure = false;
  bool operator==(const ClientTlsConfig&) const = default;
};

struct OtlpConfig {
  std::string endpoint = "http://127.0.0.1:4318";
  std::string compression = "gzip";  // gzip | none
  std::chrono::nanoseconds timeout = 10s;
  std::string temporality = "cumulative";  // cumulative | delta
  std::string histograms = "explicit";     // explicit | exponential
  std::optional<std::string> headers_file;
  std::optional<ClientTlsConfig> tls;
  bool operator==(const OtlpConfig&) const = default;
};

struct ElasticsearchConfig {
  std::vector<std::string> endpoints = {"http://127.0.0.1:9200"};
  std::string variant = "auto";            // auto | tsds | portable
  std::string data_namespace = "default";  // key `namespace`
  std::string compression = "gzip";
  std::chrono::nanoseconds timeout = 30s;
  std::optional<std::string> proxy;
  std::optional<std::string> api_key_file;
  std::optional<std::string> username;
  std::optional<std::string> password_file;
  std::optional<ClientTlsConfig> tls;
  bool operator==(const ElasticsearchConfig&) const = default;
};

struct ExporterConfig {
  std::string type;  // prometheus | jsonl | otlp | elasticsearch
  std::string name;  // defaults to the type; unique
  // none: 1 agent interval (prometheus, jsonl), 10 s or the next multiple of it (otlp, elasticsearch)
  std::optional<std::chrono::nanoseconds> interval = std::nullopt;
  Detail detail = Detail::node;  // jsonl: cpu
  std::string path = "-";        // jsonl
  OtlpConfig otlp = {};
  ElasticsearchConfig elasticsearch = {};
  bool operator==(const ExporterConfig&) const = default;
};

struct LogConfig {
  std::string level = "info";   // error | warn | info | debug
  std::string format = "text";  // text | json
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  std::chrono::nanoseconds interval = 1s;
  HostConfig host;
  std::vector<std::pair<std::string, std::string>> attributes;  // static, for every destination; sorted by name
  TopologyConfig topology;
  CollectorsConfig collectors;
  LimitsConfig limits;
  BudgetConfig budget;
  KubernetesConfig kubernetes;
  HttpConfig http;
  RecorderConfig recorder;
  SpoolConfig spool;
  DeliveryConfig delivery;
  std::vector<ExporterConfig> exporters = {{.type = "prometheus", .name = "prometheus"}};
  LogConfig log;
  bool operator==(const Config&) const = default;
};

}  // namespace smtscope
