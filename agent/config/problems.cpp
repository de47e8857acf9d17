// SPDX-License-Identifier: Apache-2.0
#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace smtscope {
namespace {

// More do not help anybody, and a file of rubbish has one a line.
constexpr size_t kMaxListed = 100;

bool within(std::string_view inner, std::string_view outer) {
  return inner.starts_with(outer) && (inner.size() == outer.size() || outer.empty() || inner[outer.size()] == '.');
}

}  // namespace

void Problems::add(Origin at, std::string_view path, std::string what) {
  if (!full()) list_.push_back({at, std::string(path), std::move(what)});
  ++count_;
}

bool Problems::full() const { return count_ >= kMaxListed; }

bool Problems::about(std::string_view path) const {
  return std::any_of(list_.begin(), list_.end(),
                     [&](const Problem& p) { return within(p.path, path) || within(path, p.path); });
}

Error Problems::error() const {
  std::vector<Problem> sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.at.source, a.at.line) < std::tie(b.at.source, b.at.line);
  });
  std::string text =
      count_ == 1 ? "the configuration has a problem:" : fmt::format("the configuration has {} problems:", count_);
  for (const Problem& p : sorted) {
    text += "\n" + sources_.at(p.at.source);
    if (p.at.source == 0 && p.at.line != 0) text += fmt::format(":{}", p.at.line);
    if (!p.path.empty()) text += ": " + p.path;
    text += ": " + p.what;
  }
  if (count_ > list_.size()) text += fmt::format("\n.. and {} more", count_ - list_.size());
  return {ErrorKind::config, 0, text, ""};
}

}  // namespace smtscope
