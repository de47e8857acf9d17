// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"

namespace smtscope {
namespace {

constexpr std::array<std::string_view, 2> kCompressions = {"gzip", "none"};
constexpr std::array<std::string_view, 2> kTemporalities = {"cumulative", "delta"};
constexpr std::array<std::string_view, 2> kHistograms = {"explicit", "exponential"};
constexpr std::array<std::string_view, 3> kVariants = {"auto", "tsds", "portable"};
constexpr std::array<std::string_view, 4> kLogLevels = {"error", "warn", "info", "debug"};
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};
constexpr uint64_t kKiB = 1u << 10, kMiB = 1u << 20, kGiB = 1u << 30, kTiB = 1ull << 40;

template <class T, class Keys>
void optional_section(KeyVisitor& v, std::string_view name, std::optional<T>& at, std::string_view help, Keys keys) {
  if (!v.wants(name, at.has_value(), help)) {
    at.reset();
    return;
  }
  if (!at) at.emplace();
  v.section(name, [&] { keys(*at); });
}

void enabled(KeyVisitor& v, std::string_view name, Enabled& at, std::string_view help) {
  v.section(name, [&] { v.key("enabled", switch_value(at), help); });
}

void client_tls(KeyVisitor& v, std::optional<ClientTlsConfig>& at) {
  optional_section(v, "tls", at, "for https:// endpoints; null: the system's certificates", [&](ClientTlsConfig& tls) {
    v.key("ca_file", text_value(tls.ca_file, kPathForm), "certificates to trust; null: the system's");
    v.key("cert_file", text_value(tls.cert_file, kPathForm), "our certificate, together with `key_file`");
    v.key("key_file", text_value(tls.key_file, kPathForm), "the key of `cert_file`");
    v.key("insecure", flag_value(tls.insecure), "do not check the server's certificate");
  });
}

void compression(KeyVisitor& v, std::string& at) {
  v.key("compression", word_value(at, kCompressions), "of what is sent");
}

void timeout(KeyVisitor& v, Nanoseconds& at) { v.key("timeout", duration_value(at, 100ms, 10min), "of one request"); }

void otlp(OtlpConfig& c, KeyVisitor& v) {
  v.key("endpoint", text_value(c.endpoint, kUrlForm), "OTLP over HTTP; `/v1/metrics` is added");
  compression(v, c.compression);
  timeout(v, c.timeout);
  v.key("temporality", word_value(c.temporality, kTemporalities), "of counters and histograms");
  v.key("histograms", word_value(c.histograms, kHistograms), "how histograms are sent");
  v.key("headers_file", text_value(c.headers_file, kPathForm),
        "file with one `Name: value` a line, sent with each request");
  client_tls(v, c.tls);
}

void elasticsearch(ElasticsearchConfig& c, KeyVisitor& v) {
  v.key("endpoints", list_value(c.endpoints, kUrlForm, 1), "tried in turn");
  v.key("variant", word_value(c.variant, kVariants),
        "time series data stream, or what every version and OpenSearch take");
  v.key("namespace", text_value(c.data_namespace, kNamespaceForm), "last part of the data stream's name");
  compression(v, c.compression);
  timeout(v, c.timeout);
  v.key("proxy", text_value(c.proxy, kUrlForm), "HTTP proxy");
  v.key("api_key_file", text_value(c.api_key_file, kPathForm), "file with the API key");
  v.key("username", text_value(c.username, kNameForm), "together with `password_file`, in place of `api_key_file`");
  v.key("password_file", text_value(c.password_file, kPathForm), "file with the password of `username`");
  client_tls(v, c.tls);
}

void machine(Config& c, KeyVisitor& v) {
  v.key("interval", duration_value(c.interval, 100ms, 60s), "time between two ticks of the agent");
  v.section("host", [&] {
    v.key("id", text_value(c.host.id, kNameForm), "null: the machine id");
    v.key("name", text_value(c.host.name, kNameForm), "null: `NODE_NAME` of the environment, else the host name");
    v.key("proc", text_value(c.host.proc, kPathForm), "where procfs of the host is mounted");
    v.key("sys", text_value(c.host.sys, kPathForm), "where sysfs of the host is mounted");
    v.key("cgroup", text_value(c.host.cgroup, kPathForm), "where the cgroup hierarchies of the host are mounted");
  });
  v.key("attributes", attributes_value(c.attributes),
        "constant attributes for every destination; those of `OTEL_RESOURCE_ATTRIBUTES` are added below them");
  v.section("topology", [&] {
    v.key("siblings", text_value(c.topology.siblings, kSiblingsForm),
          "which CPUs share a core, where a VM hides it; null: what the kernel says");
    v.key("attested", switch_value(c.topology.attested),
          "whether claims about hardware may be made; auto: not in a VM");
  });
  v.section("collectors", [&] {
    enabled(v, "scheduler", c.collectors.scheduler, "sibling states, pairs, run queues");
    enabled(v, "counters", c.collectors.counters, "instructions and cycles by sibling state, pipeline slots");
    enabled(v, "numa", c.collectors.numa, "local and remote memory accesses");
    enabled(v, "tcp", c.collectors.tcp, "TCP request times by port");
  });
}

void bounds(Config& c, KeyVisitor& v) {
  v.section("limits", [&] {
    v.key("entities", count_value(c.limits.entities, 1, 16000), "entities exported by name; the rest adds to `other`");
    v.key("pairs", count_value(c.limits.pairs, 1, 10000), "pairs exported by name; the rest adds to `other`");
    v.key("ports", count_value(c.limits.ports, 0, 1000), "ports exported by number; the rest adds to `other`");
    v.key("series", count_value(c.limits.series, 100, 10'000'000), "series in all; more are dropped and counted");
  });
  v.section("budget", [&] {
    v.key("cpu_percent", number_value(c.budget.cpu_percent, 100), "of one CPU, the agent's own threads");
    v.key("memory", size_value(c.budget.memory_bytes, kKiB, kTiB), "anonymous memory and BPF maps");
    v.key("ns_per_switch", number_value(c.budget.ns_per_switch, 1e6), "cost of the programs per context switch");
  });
  v.section("identity", [&] {
    v.section("kubernetes", [&] {
      v.key("enabled", switch_value(c.kubernetes.enabled), "ask the API server for pods; auto: where there is one");
      v.key("cluster_name", text_value(c.kubernetes.cluster_name, kNameForm), "sent as an attribute; null: none");
      v.key("node_name", text_value(c.kubernetes.node_name, kNameForm), "null: `NODE_NAME`, else the host name");
      v.key("kubeconfig", text_value(c.kubernetes.kubeconfig, kPathForm), "null: the service account of the pod");
      v.key("labels", list_value(c.kubernetes.labels, kLabelForm, 0), "labels of pods that become attributes");
    });
  });
}

void outputs(Config& c, KeyVisitor& v) {
  v.section("http", [&] {
    v.key("listen", text_value(c.http.listen, kListenForm),
          "`/healthz`, `/status`, and `/metrics` with the prometheus exporter; null: nothing listens");
    v.key("bearer_token_file", text_value(c.http.bearer_token_file, kPathForm),
          "file with the token clients must send");
    optional_section(v, "tls", c.http.tls, "null: plain HTTP", [&](HttpTlsConfig& tls) {
      v.key("cert_file", text_value(tls.cert_file, kPathForm), "certificate with its chain, PEM");
      v.key("key_file", text_value(tls.key_file, kPathForm), "the key of `cert_file`, PEM");
    });
  });
  v.section("recorder", [&] {
    v.key("path", text_value(c.recorder.path, kPathForm), "folder of the flight recorder; null: off");
    v.key("max_size", size_value(c.recorder.max_size_bytes, kMiB, kTiB), "the oldest is dropped above it");
    v.key("interval", duration_value(c.recorder.interval, 100ms, 60s), "time between two records");
  });
  v.section("spool", [&] {
    v.key("path", text_value(c.spool.path, kPathForm), "folder of what could not be delivered yet");
    v.key("max_size", size_value(c.spool.max_size_bytes, kMiB, kTiB), "the oldest is dropped above it");
    v.key("max_age", duration_value(c.spool.max_age, 1s, 720h), "older is dropped");
  });
  v.section("delivery", [&] {
    v.key("queue", size_value(c.delivery.queue_bytes, 64 * kKiB, 16 * kGiB), "memory of one exporter's queue");
    v.key("flush_timeout", duration_value(c.delivery.flush_timeout, 100ms, 5min), "how long stopping may take");
    v.section("backoff", [&] {
      v.key("initial", duration_value(c.delivery.backoff_initial, 10ms, 1h), "wait after the first failure");
      v.key("max", duration_value(c.delivery.backoff_max, 10ms, 1h), "longest wait");
    });
    v.key("park", duration_value(c.delivery.park, 100ms, 24h), "rest of a destination that refuses for good");
  });
  v.exporters("exporters", c.exporters, "where points go; the keys depend on the type");
  v.section("log", [&] {
    v.key("level", word_value(c.log.level, kLogLevels), "how much is logged, to stderr");
    v.key("format", word_value(c.log.format, kLogFormats), "json: one object a line");
  });
}

}  // namespace

void visit_keys(Config& config, KeyVisitor& visitor) {
  machine(config, visitor);
  bounds(config, visitor);
  outputs(config, visitor);
}

void visit_exporter(ExporterConfig& e, KeyVisitor& v) {
  const bool prometheus = e.type == "prometheus", jsonl = e.type == "jsonl";
  v.key("type", word_value(e.type, kExporterTypes), "what kind of destination");
  v.key("name", text_value(e.name, kExporterForm),
        "must be given to the second exporter of a type; by default the type");
  if (jsonl) v.key("path", text_value(e.path, kPathForm), "file that lines are added to; `-`: stdout");
  if (!prometheus && !e.type.empty())
    v.key("interval", duration_value(e.interval, 100ms, 1h, jsonl ? "the agent's" : "10s or the next multiple"),
          "a whole multiple of the agent's");
  v.key("detail", detail_value(e.detail), "node: node totals, entities, pairs, ports; core and cpu add theirs");
  if (e.type == "otlp") otlp(e.otlp, v);
  if (e.type == "elasticsearch") elasticsearch(e.elasticsearch, v);
}

ExporterConfig default_exporter(std::string_view type) {
  ExporterConfig exporter;
  exporter.type = type;
  if (type == "jsonl") exporter.detail = Detail::cpu;
  return exporter;
}

}  // namespace smtscope
