// SPDX-License-Identifier: Apache-2.0
// Text against a file of tests/fixtures/golden. SMTSCOPE_UPDATE_GOLDEN=1 writes the files anew.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace smtscope::test {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(SMTSCOPE_FIXTURES) + "/golden/" + name;
  if (std::getenv("SMTSCOPE_UPDATE_GOLDEN")) {
    ASSERT_TRUE(std::ofstream(path, std::ios::binary) << text) << path;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << path << " (SMTSCOPE_UPDATE_GOLDEN=1 writes it anew)";
}

}  // namespace smtscope::test
