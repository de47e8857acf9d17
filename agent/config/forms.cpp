// SPDX-License-Identifier: Apache-2.0
#include "config/forms.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "kernel/cpulist.h"
#include "kernel/textfile.h"
#include "kernel/topology_reader.h"

namespace smtscope {
namespace {

bool is_ip(int family, const std::string& text) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(family, text.c_str(), buffer) == 1;
}

bool only(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || also.find(c) != std::string_view::npos;
  });
}

// What is wrong with a host as it stands before a port; brackets are kept.
std::string wrong_host(const std::string& host) {
  if (host.starts_with('[')) {
    const bool good = host.ends_with(']') && is_ip(AF_INET6, host.substr(1, host.size() - 2));
    return good ? "" : fmt::format("{} is no IPv6 address", shown(host));
  }
  if (host.find(':') != std::string::npos) return "an IPv6 address needs brackets, [::1]";
  if (host.size() > 253 || !only(host, ".-_")) return fmt::format("{} is no host name", shown(host));
  if (host.find_first_not_of("0123456789.") == std::string::npos && !is_ip(AF_INET, host))
    return fmt::format("{} is no IPv4 address", shown(host));
  return {};
}

std::optional<uint16_t> port_of(std::string_view text) {
  uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return port;
}

// "host:port" at the last colon that is not in brackets; no port: second is absent.
std::pair<std::string, std::optional<std::string>> split_port(std::string_view text) {
  const size_t bracket = text.rfind(']');
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
    return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::string wrong_listen(const std::string& text) {
  if (text.starts_with("unix:") || text.starts_with('/')) return "Unix sockets are not supported";
  const auto [host, port] = split_port(text);
  if (!port) return port_of(text) ? fmt::format("write :{} for all addresses", text) : "there is no port";
  if (!port_of(*port)) return fmt::format("{} is no port", shown(*port));
  return host.empty() ? std::string() : wrong_host(host);
}

// The part between the scheme and the path; the scheme may be missing.
std::string_view authority(std::string_view url) {
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

std::string wrong_url(const std::string& text) {
  // First of all, so that no message shows them; an @ anywhere, since a wrong URL may have it anywhere.
  if (text.find('@') != std::string::npos) return "there is a user name or password in it; credentials come from files";
  if (!text.starts_with("http://") && !text.starts_with("https://"))
    return fmt::format("{} does not start with http:// or https://", shown(text));
  if (text.find_first_of("?#") != std::string::npos) return fmt::format("{} has a query or fragment", shown(text));
  if (text.find_first_of(" \"<>\\^`{|}") != std::string::npos)
    return fmt::format("{} has blanks or marks", shown(text));
  const auto [host, port] = split_port(authority(text));
  if (host.empty()) return fmt::format("{} has no host", shown(text));
  if (port && port_of(*port).value_or(0) == 0) return fmt::format("{} is no port", shown(*port));
  return wrong_host(host);
}

// Every CPU that there can be, so that the text alone is judged; the machine is asked when it is used.
const Topology& largest_machine() {
  static const Topology machine_of_all = [] {
    Topology machine;
    machine.possible_cpus = kMaxCpus;
    for (uint32_t id = 0; id < kMaxCpus; ++id) {
      machine.cpus.push_back({id, true, false, id});
      machine.cores.push_back({id, {}, {}, {}, {}, {id}});
    }
    return machine;
  }();
  return machine_of_all;
}

std::string wrong_siblings(const std::string& text) {
  const auto topology = override_siblings(largest_machine(), text);
  if (topology) return {};
  constexpr std::string_view kOption = "--siblings ";
  const std::string& what = topology.error().what;
  return what.starts_with(kOption) ? what.substr(kOption.size()) : what;
}

std::string wrong_label(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string name = slash == std::string::npos ? text : text.substr(slash + 1);
  const std::string prefix = slash == std::string::npos ? "" : text.substr(0, slash);
  const auto ends_well = [](const std::string& part) {
    return only(part.substr(0, 1), "") && only(part.substr(part.size() - 1), "");
  };
  const bool good = !name.empty() && name.size() <= 63 && only(name, "-_.") && ends_well(name) &&
                    (slash == std::string::npos ||
                     (!prefix.empty() && prefix.size() <= 253 && only(prefix, "-.") && ends_well(prefix)));
  return good ? "" : fmt::format("{} is no name of a label", shown(text));
}

std::string wrong_namespace(const std::string& text) {
  const bool good = std::none_of(text.begin(), text.end(), [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) ||
           std::string_view("\\/*?\"<>| ,#:-").find(c) != std::string_view::npos;
  });
  return good ? "" : fmt::format("{} has upper case or one of \\ / * ? \" < > | , # : - or a blank", shown(text));
}

std::string wrong_exporter(const std::string& text) {
  return only(text, "-_.") ? "" : fmt::format("{} has other characters", shown(text));
}

}  // namespace

const Form kPathForm = {"a path", 4095, nullptr};
const Form kNameForm = {"a text of 1 to 255 bytes", 255, nullptr};
const Form kListenForm = {"ADDRESS:PORT, [IPv6]:PORT, or :PORT for all addresses", 300, wrong_listen};
const Form kUrlForm = {"a URL like http://HOST:PORT or https://HOST/PATH", 2048, wrong_url};
const Form kSiblingsForm = {"groups of CPUs that share a core, like \"0,1;2,3\"", 65536, wrong_siblings};
const Form kLabelForm = {"the name of a label like app.kubernetes.io/name", 317, wrong_label};
const Form kNamespaceForm = {"a text of 1 to 100 bytes as Elasticsearch takes it", 100, wrong_namespace};
const Form kExporterForm = {"1 to 63 of letters, digits, - _ .", 63, wrong_exporter};

std::optional<HostPort> split_host_port(std::string_view text) {
  auto [host, port] = split_port(text);
  const auto number = port ? port_of(*port) : std::nullopt;
  if (!number) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return HostPort{host, *number};
}

std::string url_host(std::string_view url) {
  std::string host = split_port(authority(url)).first;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ip(AF_INET, std::string(host)));
}

std::string key_text(std::string_view name) {
  const bool plain = !name.empty() && name.size() <= 64 && only(name, "-_./");
  return plain ? std::string(name) : shown(name);
}

}  // namespace smtscope
