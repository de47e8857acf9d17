// SPDX-License-Identifier: Apache-2.0
// The configuration reference of the documentation, from the list of keys.
#pragma once

#include <string>

namespace smtscope {

// Markdown: rules first, then a table of the keys and one for each type of exporter.
[[nodiscard]] std::string configuration_page();

}  // namespace smtscope
