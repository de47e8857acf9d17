// SPDX-License-Identifier: Apache-2.0
// The table of wrong configurations in fixtures/config/wrong.txt.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "config/load.h"

namespace smtscope::test {

struct WrongCase {
  int line = 0;      // where it starts in the file
  ConfigText text;   // named "c.yaml"
  std::string said;  // the lines that are expected, each with its end
};

// "\xHH" stands for a byte.
inline std::string with_bytes(const std::string& line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool byte = line.compare(i, 2, "\\x") == 0 && i + 3 < line.size();
    out += byte ? static_cast<char>(std::strtol(line.substr(i + 2, 2).c_str(), nullptr, 16)) : line[i];
    if (byte) i += 3;
  }
  return out;
}

inline std::vector<WrongCase> wrong_cases(const std::string& path) {
  std::ifstream file(path);
  std::vector<WrongCase> cases;
  std::string line;
  bool open = false;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.starts_with('#')) {
      open = false;
      continue;
    }
    if (!open) cases.push_back({number, {"c.yaml", "", {}}, ""});
    open = true;
    WrongCase& last = cases.back();
    if (line.starts_with("! ")) last.said += line.substr(2) + "\n";
    else if (line.starts_with("$ ")) last.text.sets.push_back(with_bytes(line.substr(2)));
    else last.text.yaml += with_bytes(line) + "\n";
  }
  return cases;
}

}  // namespace smtscope::test
