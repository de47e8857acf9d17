// SPDX-License-Identifier: Apache-2.0
#include "commands/time_range.h"

#include <charconv>
#include <cmath>
#include <ctime>
#include <regex>

#include "kernel/clock.h"
#include "model/units.h"

namespace smtscope {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

int number(const std::string& digits) { return digits.empty() ? 0 : std::atoi(digits.c_str()); }

// ".5" -> ns.
int64_t fraction_ns(std::string digits) {
  digits.resize(9, '0');
  return std::atoll(digits.c_str());
}

bool in_range(const std::tm& tm) {
  return tm.tm_mon >= 0 && tm.tm_mon < 12 && tm.tm_mday >= 1 && tm.tm_mday <= 31 && tm.tm_hour < 24 && tm.tm_min < 60 &&
         tm.tm_sec <= 60;
}

Failure not_a_time(const std::string& text) {
  return fail(ErrorKind::usage, "'" + text + "' is not a time",
              "write 03:05 or 03:05:30 (local time), 2026-11-21T03:05:30Z, or -10m for ten minutes ago");
}

std::optional<int64_t> local_ns(std::tm tm) {
  tm.tm_isdst = -1;
  const time_t seconds = mktime(&tm);
  if (seconds == -1) return std::nullopt;
  return seconds * kSecondNs;
}

// A time of day: today's, or yesterday's if today's is still to come.
std::optional<int64_t> time_of_day(const std::smatch& m, int64_t now_unix_ns) {
  const time_t now = now_unix_ns / kSecondNs;
  std::tm tm{};
  localtime_r(&now, &tm);
  tm.tm_hour = number(m[1]);
  tm.tm_min = number(m[2]);
  tm.tm_sec = number(m[3]);
  if (!in_range(tm)) return std::nullopt;
  auto ns = local_ns(tm);
  if (ns && *ns > now_unix_ns) {
    tm.tm_mday--;
    ns = local_ns(tm);
  }
  return ns;
}

std::optional<int64_t> date_and_time(const std::smatch& m) {
  std::tm tm{};
  tm.tm_year = number(m[1]) - 1900;
  tm.tm_mon = number(m[2]) - 1;
  tm.tm_mday = number(m[3]);
  tm.tm_hour = number(m[4]);
  tm.tm_min = number(m[5]);
  tm.tm_sec = number(m[6]);
  if (!in_range(tm)) return std::nullopt;
  const std::string zone = m[8];
  if (zone.empty()) {
    const auto ns = local_ns(tm);
    return ns ? std::optional(*ns + fraction_ns(m[7])) : std::nullopt;
  }
  int64_t east = 0;
  if (zone != "Z" && zone != "z") east = (number(m[10]) * 3600 + number(m[11]) * 60) * (m[9] == "-" ? -1 : 1);
  return (timegm(&tm) - east) * kSecondNs + fraction_ns(m[7]);
}

}  // namespace

Result<int64_t> parse_time(const std::string& text, int64_t now_unix_ns) {
  static const std::regex day(R"((\d{1,2}):(\d{2})(?::(\d{2}))?)");
  static const std::regex date(
      R"((\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|([+-])(\d{2}):?(\d{2}))?)");
  if (text.size() > 64) return not_a_time(text.substr(0, 64) + "..");
  std::smatch m;
  std::optional<int64_t> ns;
  if (std::regex_match(text, m, day)) {
    ns = time_of_day(m, now_unix_ns);
  } else if (std::regex_match(text, m, date)) {
    ns = date_and_time(m);
  } else if (text.starts_with("-")) {
    if (const auto ago = parse_duration(text.substr(1))) ns = now_unix_ns - ago->count();
  }
  if (!ns) return not_a_time(text);
  return *ns;
}

Result<TimeRange> parse_time_range(const std::optional<std::string>& from, const std::optional<std::string>& to) {
  const auto now = static_cast<int64_t>(clock_ns(CLOCK_REALTIME));
  TimeRange range;
  if (from) {
    const auto ns = parse_time(*from, now);
    if (!ns) return Failure(Error(ns.error()).within("--from"));
    range.from_unix_ns = *ns;
  }
  if (to) {
    const auto ns = parse_time(*to, now);
    if (!ns) return Failure(Error(ns.error()).within("--to"));
    range.to_unix_ns = *ns;
  }
  if (from && to && *range.from_unix_ns >= *range.to_unix_ns)
    return fail(ErrorKind::usage, "--from " + *from + " is not before --to " + *to,
                "times of day mean the last time it was that late; give dates to be exact");
  return range;
}

}  // namespace smtscope
