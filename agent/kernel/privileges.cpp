// SPDX-License-Identifier: Apache-2.0
#include "kernel/privileges.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <utility>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

// Numbers of proc_ns.h: the inodes of the namespaces that the kernel starts with.
constexpr std::array<std::pair<std::string_view, uint32_t>, 4> kFirst = {
    {{"pid", 0xEFFFFFFC}, {"cgroup", 0xEFFFFFFB}, {"user", 0xEFFFFFFD}, {"time", 0xEFFFFFFA}}};

std::optional<uint64_t> number(std::string_view text, int base) {
  text = strip(text);
  uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// The value of a line "Key:\tvalue".
std::optional<std::string> status_value(const std::string& status, std::string_view key) {
  std::istringstream lines(status);
  std::string line;
  while (std::getline(lines, line))
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ':')
      return std::string(strip(std::string_view(line).substr(key.size() + 1)));
  return std::nullopt;
}

}  // namespace

Result<Privileges> read_privileges(const std::string& proc_root) {
  const auto status = read_text_file(proc_root + "/self/status", kMaxSysfsBytes);
  if (!status) return Failure(status.error());
  const auto word = status_value(*status, "CapEff");
  const auto effective = word ? number(*word, 16) : std::nullopt;
  if (!effective) return fail(ErrorKind::input, proc_root + "/self/status has no readable CapEff");
  Privileges privileges;
  privileges.effective = *effective;
  if (const auto mode = status_value(*status, "Seccomp")) privileges.filtered = *mode == "2";
  if (const auto first = in_first_namespace(proc_root, "user")) privileges.own_user_namespace = !*first;
  return privileges;
}

std::optional<int64_t> read_sysctl(const std::string& proc_root, const std::string& name) {
  const auto text = read_text_file(proc_root + "/sys/" + name, kMaxSysfsBytes);
  if (!text) return std::nullopt;
  const std::string_view word = strip(*text);
  int64_t value = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<std::string> lockdown_mode(const std::string& sys_root) {
  const auto text = read_text_file(sys_root + "/kernel/security/lockdown", kMaxSysfsBytes);
  if (!text) return std::nullopt;
  const size_t open = text->find('['), close = text->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  return text->substr(open + 1, close - open - 1);
}

std::optional<bool> in_first_namespace(const std::string& proc_root, const std::string& kind) {
  std::error_code error;
  const std::string link = std::filesystem::read_symlink(proc_root + "/self/ns/" + kind, error).string();
  if (error) return std::nullopt;
  for (const auto& [name, inode] : kFirst)
    if (name == kind) return link == fmt::format("{}:[{}]", kind, inode);
  return std::nullopt;
}

}  // namespace smtscope
