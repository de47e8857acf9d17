// SPDX-License-Identifier: Apache-2.0
// The bearer token that clients must show.
#pragma once

#include <string>
#include <string_view>

#include "model/result.h"

namespace smtscope {

enum class TokenVerdict { accepted, refused, unreadable };

// The file is read at each check, so that a new token counts at once; a check comes every few seconds.
class BearerToken {
 public:
  // Fails if there is no usable token in the file now.
  static Result<BearerToken> make(std::string path);

  // `authorization`: the header's value, empty if there is none. A file that has no token any more lets nobody in.
  [[nodiscard]] TokenVerdict check(std::string_view authorization) const;

 private:
  explicit BearerToken(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] Result<std::string> read() const;

  std::string path_;
};

// In a time that does not depend on where the two differ.
[[nodiscard]] bool same_secret(std::string_view given, std::string_view secret);

}  // namespace smtscope
