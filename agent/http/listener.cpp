// SPDX-License-Identifier: Apache-2.0
#include "http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>

namespace smtscope {
namespace {

constexpr const char* kForm =
    "write ADDRESS:PORT, for example \"127.0.0.1:9464\", \"[::1]:9464\", or \":9464\" for all";
constexpr int kBacklog = 128;

Failure malformed(const std::string& text, const std::string& why) {
  return fail(ErrorKind::config, "http.listen: '" + text + "' " + why, kForm);
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// Null if it is no numeric address.
Addresses resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
  return {found, freeaddrinfo};
}

// Listens there, or errno.
Fd listen_at(const addrinfo& where) {
  Fd socket(::socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket) return {};
  const int on = 1, off = 0;
  // A port whose last connections are in TIME_WAIT is free: the agent may just have been restarted.
  (void)setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.ai_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(where.ai_addr);
    const bool all = IN6_IS_ADDR_UNSPECIFIED(&address->sin6_addr);
    if (setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, all ? &off : &on, sizeof on) != 0) return {};
  }
  if (bind(socket.get(), where.ai_addr, where.ai_addrlen) != 0 || listen(socket.get(), kBacklog) != 0) return {};
  return socket;
}

Failure cannot_listen(const std::string& text, const ListenAddress& address, int error) {
  const std::string what = "http.listen: cannot listen on " + text + ": " + std::generic_category().message(error);
  switch (error) {
    case EADDRINUSE:
      return fail(ErrorKind::resource, what,
                  "stop what listens there (ss -ltnp 'sport = :" + std::to_string(address.port) +
                      "' names it), or choose another port",
                  error);
    case EADDRNOTAVAIL:
      return fail(ErrorKind::config, what,
                  "use an address of this machine (ip address), or \":" + std::to_string(address.port) + "\" for all",
                  error);
    case EACCES:
      return fail(ErrorKind::permission, what, "choose a port of 1024 or more, or give the agent CAP_NET_BIND_SERVICE",
                  error);
    case EAFNOSUPPORT: return fail(ErrorKind::config, what, "this kernel has no IPv6; use an IPv4 address", error);
    default: return fail(ErrorKind::resource, what, {}, error);
  }
}

Result<Listener> describe(Fd socket) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  auto* address = reinterpret_cast<sockaddr*>(&bound);
  if (getsockname(socket.get(), address, &length) != 0 ||
      getnameinfo(address, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return fail(ErrorKind::bug, "http.listen: a listening socket without an address", {}, errno);
  Listener out;
  out.socket = std::move(socket);
  out.address = (bound.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + port;
  (void)std::from_chars(port, port + std::strlen(port), out.port);
  return out;
}

}  // namespace

Result<ListenAddress> parse_listen(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return malformed(text, "has no port");
  ListenAddress out;
  const char *first = text.data() + colon + 1, *last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, out.port);
  if (first == last || end != last || error != std::errc()) return malformed(text, "has no port from 0 to 65535");
  out.host = text.substr(0, colon);
  const bool brackets = out.host.size() >= 2 && out.host.front() == '[' && out.host.back() == ']';
  if (brackets) out.host = out.host.substr(1, out.host.size() - 2);
  const bool ipv6 = out.host.find(':') != std::string::npos;
  if (ipv6 && !brackets) return malformed(text, "is an IPv6 address without brackets");
  if (brackets && !ipv6) return malformed(text, "has no IPv6 address in the brackets");
  if (out.host == "localhost") out.host = "127.0.0.1";
  if (!out.host.empty() && !resolve(out.host, out.port)) return malformed(text, "has no numeric address");
  return out;
}

Result<Listener> open_listener(const std::string& text) {
  const auto address = parse_listen(text);
  if (!address) return Failure(address.error());
  const auto at = resolve(address->host.empty() ? "::" : address->host, address->port);
  if (!at) return malformed(text, "has no numeric address");
  Fd socket = listen_at(*at);
  int error = errno;
  // Without IPv6 all addresses are those of IPv4.
  if (!socket && address->host.empty() && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)) {
    if (const auto ipv4 = resolve("0.0.0.0", address->port)) {
      socket = listen_at(*ipv4);
      error = errno;
    }
  }
  if (!socket) return cannot_listen(text, *address, error);
  return describe(std::move(socket));
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    return ntohl(ipv4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  if (address.sa_family != AF_INET6) return false;
  const in6_addr& ipv6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&ipv6) || (IN6_IS_ADDR_V4MAPPED(&ipv6) && ipv6.s6_addr[12] == IN_LOOPBACKNET);
}

}  // namespace smtscope
