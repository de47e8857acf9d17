// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd in its mode without threads, driven by one thread of ours: so a connection's age can be watched
// (the library's own time-out is per inactivity: a byte every four seconds would hold a connection for ever), and
// signals stay with the threads that want them.
#include "http/server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "http/listener.h"
#include "http/router.h"

namespace smtscope {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// How long to leave a listening socket alone that nothing can be accepted from.
constexpr Milliseconds kAcceptPause{100};

std::string_view header(MHD_Connection* connection, const char* name) {
  const char* value = nullptr;
  size_t length = 0;
  if (MHD_lookup_connection_value_n(connection, MHD_HEADER_KIND, name, std::strlen(name), &value, &length) != MHD_YES ||
      !value)
    return {};
  return {value, length};
}

HttpRequest request_of(MHD_Connection* connection, const char* url, const char* method) {
  HttpRequest request{method, url, header(connection, "Authorization"), header(connection, "Accept-Encoding")};
  const std::string_view length = header(connection, "Content-Length");
  request.has_body = (!length.empty() && length != "0") || !header(connection, "Transfer-Encoding").empty();
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  request.from_loopback = info && info->client_addr && is_loopback(*info->client_addr);
  return request;
}

void free_body(void* body) { delete static_cast<std::string*>(body); }

// The response takes the body over.
MHD_Response* response_of(HttpAnswer& answer) {
  auto body = std::make_unique<std::string>(std::move(answer.reply.body));
  MHD_Response* response =
      MHD_create_response_from_buffer_with_free_callback_cls(body->size(), body->data(), free_body, body.get());
  if (!response) return nullptr;
  (void)body.release();
  bool whole = MHD_add_response_header(response, "Content-Type", answer.reply.content_type.c_str()) == MHD_YES;
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : answer.headers)
    whole &= MHD_add_response_header(response, name, value.c_str()) == MHD_YES;
  if (whole) return response;
  MHD_destroy_response(response);
  return nullptr;
}

Failure out_of_descriptors() {
  return fail(ErrorKind::resource, "http: " + std::generic_category().message(errno), "raise the limit of open files",
              errno);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(std::vector<HttpRoute> routes, std::optional<BearerToken> token, const HttpLimits& limits)
      : router_(std::move(routes), std::move(token)), limits_(limits) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  Result<> start(const HttpServerOptions& options);

  std::string address;
  uint16_t port = 0;

 private:
  struct Connection {
    int fd = -1;
    Clock::time_point deadline;  // of what it is in the middle of
    bool answering = false;
    bool closing = false;
  };
  // What is kept of a request while it is answered.
  struct Request {
    HttpSlot slot;
  };

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                               const char* version, const char* upload, size_t* upload_size, void** request);
  static void on_completed(void* self, MHD_Connection* connection, void** request, MHD_RequestTerminationCode why);
  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode what);
  static void on_message(void* self, const char* format, va_list arguments);

  [[nodiscard]] Result<> start_daemon(Fd socket, const std::optional<TlsMaterial>& tls);
  [[nodiscard]] MHD_Result answer(MHD_Connection* connection, const HttpRequest& request, Request& kept);
  void run();
  [[nodiscard]] int wait_ms() const;
  void close_ended();
  void turn(MHD_Connection* connection, bool answering);

  Router router_;
  HttpLimits limits_;
  MHD_Daemon* daemon_ = nullptr;
  int epoll_fd_ = -1;    // the daemon's
  Fd stop_;              // an eventfd
  std::string message_;  // the library's last one, while it starts
  std::unordered_map<MHD_Connection*, Connection> connections_;
  uint64_t accepted_ = 0;
  bool closed_one_ = false;  // at the last turn
  std::thread thread_;       // runs the daemon; all of the above is its own while it lives
};

HttpServer::Impl::~Impl() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    while (write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread_.join();
  }
  if (daemon_) MHD_stop_daemon(daemon_);
}

Result<> HttpServer::Impl::start(const HttpServerOptions& options) {
  std::optional<TlsMaterial> tls;
  if (options.tls) {
    auto loaded = load_tls(*options.tls);
    if (!loaded) return Failure(loaded.error());
    tls = std::move(*loaded);
  }
  auto listener = open_listener(options.listen);
  if (!listener) return Failure(listener.error());
  address = listener->address;
  port = listener->port;
  stop_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_) return out_of_descriptors();
  if (auto started = start_daemon(std::move(listener->socket), tls); !started) return started;
  // Signals are for the threads that were there before.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::error_code error;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& thrown) {
    error = thrown.code();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error) return fail(ErrorKind::resource, "http: cannot start a thread: " + error.message(), {}, error.value());
  pthread_setname_np(thread_.native_handle(), "smtscope-http");
  return {};
}

Result<> HttpServer::Impl::start_daemon(Fd socket, const std::optional<TlsMaterial>& tls) {
  std::vector<MHD_OptionItem> items;
  if (tls) {
    const auto text = [](const char* s) { return const_cast<char*>(s); };
    items.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, text(tls->cert_pem.c_str())});
    items.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, text(tls->key_pem.c_str())});
    items.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, text(kTlsPriorities)});
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  // The library closes its socket when it ends, and when it fails at some places but not at others: it gets a copy.
  const int copy = fcntl(socket.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return out_of_descriptors();
  unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG;
  if (tls) flags |= MHD_USE_TLS;
  daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &on_request, this,                 //
                             MHD_OPTION_EXTERNAL_LOGGER, &on_message, this,                 //
                             MHD_OPTION_LISTEN_SOCKET, copy,                                //
                             MHD_OPTION_CONNECTION_LIMIT, limits_.connections,              //
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits_.connection_bytes,  //
                             MHD_OPTION_NOTIFY_COMPLETED, &on_completed, this,              //
                             MHD_OPTION_NOTIFY_CONNECTION, &on_connection, this,            //
                             MHD_OPTION_ARRAY, items.data(), MHD_OPTION_END);
  if (!daemon_) {
    shutdown(socket.get(), SHUT_RDWR);  // the copy, if it is still open, must not keep the port
    return fail(ErrorKind::resource, "http: the server on " + address +
                                         " does not start: " + (message_.empty() ? "no reason given" : message_));
  }
  epoll_fd_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  return {};
}

// The library's words for what clients do are nobody's concern: a client could fill the log with them.
void HttpServer::Impl::on_message(void* self, const char* format, va_list arguments) {
  auto& impl = *static_cast<Impl*>(self);
  if (impl.daemon_) return;
  char text[256];
  (void)std::vsnprintf(text, sizeof text, format, arguments);
  impl.message_ = text;
  while (!impl.message_.empty() && impl.message_.back() == '\n') impl.message_.pop_back();
}

void HttpServer::Impl::run() {
  for (;;) {
    pollfd waiting[2] = {{stop_.get(), POLLIN, 0}, {epoll_fd_, POLLIN, 0}};
    (void)poll(waiting, 2, wait_ms());
    if (waiting[0].revents) return;
    const bool idle = connections_.empty();
    const uint64_t before = accepted_;
    closed_one_ = false;
    (void)MHD_run_wait(daemon_, 0);
    close_ended();
    // Out of descriptors: accept() fails again and again, and nothing here can be closed.
    if (idle && waiting[1].revents && accepted_ == before)
      (void)poll(waiting, 1, static_cast<int>(kAcceptPause.count()));
  }
}

// Until the library or a connection's deadline wants something; -1: for ever. At the limit of connections the library
// does not listen, and after one has closed it needs another turn to listen again.
int HttpServer::Impl::wait_ms() const {
  if (closed_one_) return 0;
  MHD_UNSIGNED_LONG_LONG wanted_ms = 0;
  Milliseconds wait = Milliseconds::max();
  if (MHD_get_timeout(daemon_, &wanted_ms) == MHD_YES) wait = Milliseconds(std::min<uint64_t>(wanted_ms, 60'000));
  const auto now = Clock::now();
  for (const auto& [key, connection] : connections_)
    if (!connection.closing) wait = std::min(wait, std::chrono::ceil<Milliseconds>(connection.deadline - now));
  if (wait == Milliseconds::max()) return -1;
  return static_cast<int>(std::clamp<int64_t>(wait.count(), 0, 60'000));
}

// Those that are overdue; and those whose client has gone in the middle of a request: the library misses an end that
// comes together with data. It sees what is done here at its next turn.
void HttpServer::Impl::close_ended() {
  const auto now = Clock::now();
  for (auto& [key, connection] : connections_) {
    if (connection.closing) continue;
    char byte = 0;
    const bool gone = !connection.answering && recv(connection.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    if (!gone && connection.deadline > now) continue;
    connection.closing = true;
    shutdown(connection.fd, SHUT_RDWR);
  }
}

// Now it is the server's turn to speak, or the client's again.
void HttpServer::Impl::turn(MHD_Connection* connection, bool answering) {
  const auto at = connections_.find(connection);
  if (at == connections_.end()) return;
  at->second.answering = answering;
  at->second.deadline = Clock::now() + (answering ? limits_.answer_timeout : limits_.read_timeout);
}

void HttpServer::Impl::on_connection(void* self, MHD_Connection* connection, void** /*context*/,
                                     MHD_ConnectionNotificationCode what) {
  auto& impl = *static_cast<Impl*>(self);
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    impl.connections_.erase(connection);
    impl.closed_one_ = true;
    return;
  }
  impl.accepted_++;
  const int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  impl.connections_[connection] = {fd, Clock::now() + impl.limits_.read_timeout};
}

void HttpServer::Impl::on_completed(void* self, MHD_Connection* connection, void** request,
                                    MHD_RequestTerminationCode /*why*/) {
  delete static_cast<Request*>(*request);
  *request = nullptr;
  static_cast<Impl*>(self)->turn(connection, false);
}

MHD_Result HttpServer::Impl::answer(MHD_Connection* connection, const HttpRequest& request, Request& kept) {
  HttpAnswer answer = router_.answer(request);
  kept.slot = std::move(answer.slot);
  const auto status = static_cast<unsigned>(answer.reply.status);
  MHD_Response* response = response_of(answer);
  if (!response) return MHD_NO;
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);  // the connection has its own reference
  return queued;
}

// Comes first when the headers are there. An answer that is given then ends the connection, unread body and all;
// one that is given at the second call does not.
MHD_Result HttpServer::Impl::on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                                        const char* /*version*/, const char* /*upload*/, size_t* /*upload_size*/,
                                        void** request) {
  auto& impl = *static_cast<Impl*>(self);
  try {
    const bool first = *request == nullptr;
    if (first) {
      *request = new Request;
      impl.turn(connection, true);
    }
    const HttpRequest asked = request_of(connection, url, method);
    if (first && !asked.has_body) return MHD_YES;
    return impl.answer(connection, asked, *static_cast<Request*>(*request));
  } catch (...) {  // no memory
    return MHD_NO;
  }
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
uint16_t HttpServer::port() const { return impl_->port; }
std::string HttpServer::address() const { return impl_->address; }

Result<std::unique_ptr<HttpServer>> HttpServer::make(HttpServerOptions options) {
  std::optional<BearerToken> token;
  if (options.bearer_token_file) {
    auto made = BearerToken::make(*options.bearer_token_file);
    if (!made) return Failure(made.error());
    token = std::move(*made);
  }
  auto impl = std::make_unique<Impl>(std::move(options.routes), std::move(token), options.limits);
  if (auto started = impl->start(options); !started) return Failure(started.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace smtscope
