// SPDX-License-Identifier: Apache-2.0
#include "model/names.h"

#include <algorithm>

namespace smtscope {

std::string prometheus_label(std::string_view attribute) {
  std::string label(attribute);
  std::replace(label.begin(), label.end(), '.', '_');
  return label;
}

std::string prometheus_name(const MetricDesc& desc) {
  std::string name = prometheus_label(desc.name);
  if (desc.unit == "s") name += "_seconds";
  else if (desc.unit == "By") name += "_bytes";
  else if (desc.unit == "1" && desc.kind == MetricKind::gauge) name += "_ratio";
  if (desc.kind == MetricKind::counter) name += "_total";
  return name;
}

std::string elasticsearch_field(const MetricDesc& desc, std::string_view part) {
  std::string field(desc.name);
  if (!part.empty()) (field += '.') += part;
  return field;
}

}  // namespace smtscope
