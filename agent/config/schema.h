// SPDX-License-Identifier: Apache-2.0
// The one list of all keys. Reading, printing, suggestions and the reference are visitors of it.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/values.h"

namespace smtscope {

inline constexpr std::array<std::string_view, 4> kExporterTypes = {"prometheus", "jsonl", "otlp", "elasticsearch"};

class KeyVisitor {
 public:
  KeyVisitor() = default;
  KeyVisitor(const KeyVisitor&) = delete;
  KeyVisitor& operator=(const KeyVisitor&) = delete;
  virtual ~KeyVisitor() = default;

  virtual void key(std::string_view name, const Value& value, std::string_view help) = 0;
  // Keys within a key: `inside` shows them to this visitor.
  virtual void section(std::string_view name, const std::function<void()>& inside) = 0;
  // A section that may be null: whether it is to be visited (and made, if it is not there).
  virtual bool wants(std::string_view name, bool present, std::string_view help) = 0;
  // The list of exporters; its elements are shown by visit_exporter.
  virtual void exporters(std::string_view name, std::vector<ExporterConfig>& list, std::string_view help) = 0;
};

// Shows every key of the configuration, in the order of the documentation.
void visit_keys(Config& config, KeyVisitor& visitor);

// The keys of an exporter of its type; of an unknown type: those that all have.
void visit_exporter(ExporterConfig& exporter, KeyVisitor& visitor);

// What an exporter of this type starts from.
[[nodiscard]] ExporterConfig default_exporter(std::string_view type);

}  // namespace smtscope
