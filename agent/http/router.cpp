// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <algorithm>

#include "http/gzip.h"

namespace smtscope {
namespace {

constexpr size_t kGzipAboveBytes = 1024;

HttpAnswer plain(int status, const std::string& text) {
  HttpAnswer answer;
  answer.reply.status = status;
  answer.reply.body = text + "\n";
  return answer;
}

// Whatever a route throws is an answer, never the end of the agent.
HttpReply run(const HttpRoute& route) {
  try {
    return route.get();
  } catch (...) {
    return {500, "text/plain; charset=utf-8", "internal error\n"};
  }
}

void compress(HttpAnswer& answer, std::string_view accept_encoding) {
  if (answer.reply.body.size() <= kGzipAboveBytes) return;
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_gzip(accept_encoding)) return;
  auto packed = gzip(answer.reply.body);
  if (!packed) return;
  answer.reply.body = std::move(*packed);
  answer.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace

Router::Router(std::vector<HttpRoute> routes, std::optional<BearerToken> token) : token_(std::move(token)) {
  for (HttpRoute& route : routes) entries_.push_back({std::move(route), 0});
}

HttpAnswer Router::not_found() const {
  std::string text = "not found; there are:";
  for (const Entry& entry : entries_) (text += ' ') += entry.route.path;
  return plain(404, text);
}

// In the order of what a client can do about it.
std::optional<HttpAnswer> Router::refusal(const HttpRequest& request, const Entry& entry) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpAnswer answer = plain(405, "only GET and HEAD");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  if (request.has_body) return plain(413, "a request here has no body");
  if (token_ && !entry.route.open) {
    const TokenVerdict verdict = token_->check(request.authorization);
    if (verdict == TokenVerdict::unreadable) return plain(503, "the bearer token file cannot be used at the moment");
    if (verdict == TokenVerdict::refused) {
      HttpAnswer answer = plain(401, "wants the bearer token");
      answer.headers.emplace_back("WWW-Authenticate", "Bearer");
      return answer;
    }
  }
  if (!token_ && entry.route.loopback_or_token && !request.from_loopback)
    return plain(403, "from this host only; set http.bearer_token_file to ask from elsewhere");
  if (entry.route.most_at_once != 0 && entry.in_use >= entry.route.most_at_once) {
    HttpAnswer answer = plain(503, "busy with others who ask the same");
    answer.headers.emplace_back("Retry-After", "1");
    return answer;
  }
  return std::nullopt;
}

HttpAnswer Router::answer(const HttpRequest& request) {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& other) { return other.route.path == request.path; });
  if (entry == entries_.end()) return not_found();
  if (auto refused = refusal(request, *entry)) return std::move(*refused);
  HttpAnswer answer;
  answer.slot = HttpSlot(entry->in_use);
  answer.reply = run(entry->route);
  compress(answer, request.accept_encoding);
  return answer;
}

}  // namespace smtscope
