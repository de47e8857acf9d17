// SPDX-License-Identifier: Apache-2.0
#include "model/attributes.h"

#include <utility>

namespace smtscope {
namespace {

// Lengths in front, so that no value can pass for two.
void append(std::string& key, std::string_view text) {
  key += std::to_string(text.size());
  key += ':';
  key += text;
}

std::string identity_of(const std::vector<Attribute>& items) {
  std::string key;
  for (const Attribute& attribute : items) {
    if (!attribute.identity) continue;
    append(key, attribute.name);
    if (const auto* text = std::get_if<std::string>(&attribute.value)) append(key, *text);
    else if (const auto* number = std::get_if<int64_t>(&attribute.value)) append(key, std::to_string(*number));
    else append(key, std::get<bool>(attribute.value) ? "true" : "false");
  }
  return key;
}

}  // namespace

Attributes::Attributes(std::vector<Attribute> list) {
  if (list.empty()) return;
  auto made = std::make_shared<List>();
  made->identity = identity_of(list);
  made->items = std::move(list);
  list_ = std::move(made);
}

const std::string& Attributes::identity() const {
  static const std::string none;
  return list_ ? list_->identity : none;
}

}  // namespace smtscope
