// SPDX-License-Identifier: Apache-2.0
#include "http/token.h"

#include <strings.h>

#include <algorithm>

#include "http/files.h"

namespace smtscope {
namespace {

constexpr size_t kMaxTokenBytes = 4096;
constexpr std::string_view kScheme = "Bearer ";
constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

bool same_secret(std::string_view given, std::string_view secret) {
  if (secret.empty()) return false;
  // The work is that of the given text's length, which its sender knows.
  size_t difference = given.size() ^ secret.size();
  for (size_t i = 0; i < given.size(); i++)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i % secret.size()]);
  return difference == 0;
}

Result<std::string> BearerToken::read() const {
  const std::string key = "http.bearer_token_file";
  const auto text = read_named_file(key, path_, kMaxTokenBytes);
  if (!text) return Failure(text.error());
  const std::string_view token = trimmed(*text);
  if (token.empty()) return fail(ErrorKind::config, key + ": " + path_ + " is empty", "write the token into it");
  const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::all_of(token.begin(), token.end(), printable))
    return fail(ErrorKind::config, key + ": " + path_ + " is not one line of printable ASCII without spaces",
                "no client could send it in a header; write another token");
  return std::string(token);
}

Result<BearerToken> BearerToken::make(std::string path) {
  BearerToken token(std::move(path));
  if (const auto text = token.read(); !text) return Failure(text.error());
  return token;
}

TokenVerdict BearerToken::check(std::string_view authorization) const {
  const auto token = read();
  if (!token) return TokenVerdict::unreadable;
  if (authorization.size() < kScheme.size() || strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0)
    return TokenVerdict::refused;
  return same_secret(trimmed(authorization.substr(kScheme.size())), *token) ? TokenVerdict::accepted
                                                                            : TokenVerdict::refused;
}

}  // namespace smtscope
