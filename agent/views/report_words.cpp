// SPDX-License-Identifier: Apache-2.0
#include "views/report_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/stat_of.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

constexpr size_t kNameColumns = 48;
constexpr size_t kListedRanges = 4;
constexpr double kWorthNaming = 0.2;  // of all pair time
constexpr int64_t kDaySeconds = 86'400;

// Days since 1970 -> date; Howard Hinnant's civil_from_days.
struct Date {
  int64_t year;
  unsigned month, day;
};
Date date_of(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto doe = static_cast<unsigned>(days - era * 146'097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int64_t>(yoe) + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

int64_t local_seconds(const ReportView& view, double seconds) {
  const double at = static_cast<double>(view.start_unix_ms) / 1000 + seconds;
  return static_cast<int64_t>(std::floor(at)) + view.source.utc_offset_seconds;
}

std::string time_of_day(int64_t local) {
  const int64_t s = ((local % kDaySeconds) + kDaySeconds) % kDaySeconds;
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

int64_t day_of(int64_t local) { return (local - (((local % kDaySeconds) + kDaySeconds) % kDaySeconds)) / kDaySeconds; }

// Ascending ids as ranges.
std::vector<std::string> ranges(std::vector<uint32_t> ids) {
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> out;
  for (size_t i = 0; i < ids.size();) {
    size_t end = i + 1;
    while (end < ids.size() && ids[end] == ids[end - 1] + 1) end++;
    out.push_back(end - i > 1 ? fmt::format("{}-{}", ids[i], ids[end - 1]) : fmt::format("{}", ids[i]));
    i = end;
  }
  return out;
}

}  // namespace

std::string name_of(const Entity& who) {
  return who.name == "/" ? "the root cgroup" : text::cut(text::clean(who.name), kNameColumns);
}

std::string name_of(const SchedulerFigures& figures, uint32_t id) {
  for (const EntityFigures& e : figures.entities)
    if (e.who.id == id) return name_of(e.who);
  return "?";
}

std::string number_list(const std::vector<uint32_t>& ids) { return fmt::format("{}", fmt::join(ranges(ids), ",")); }

std::string core_list(const std::vector<uint32_t>& ids, size_t of) {
  if (ids.size() == 1) return fmt::format("core {}", ids.front());
  if (ids.size() == of && of > 2) return fmt::format("all {} cores", of);
  std::vector<std::string> parts = ranges(ids);
  if (parts.size() > kListedRanges) return fmt::format("{} of {} cores", ids.size(), of);
  const std::string last = parts.back();
  parts.pop_back();
  if (parts.empty()) return "cores " + last;
  return fmt::format("cores {} and {}", fmt::join(parts, ", "), last);
}

std::string_view all_siblings(const Topology& topology) {
  return topology.threads_per_core() == 2 ? "both siblings" : "all siblings";
}

std::string span(double seconds) {
  if (seconds < 120) {
    std::string out = text::duration_seconds(seconds);
    if (const size_t at = out.find(".0 "); at != std::string::npos) out.erase(at, 2);
    return out;
  }
  const auto s = static_cast<int64_t>(std::llround(seconds));
  if (s < 3600) return s % 60 ? fmt::format("{} min {} s", s / 60, s % 60) : fmt::format("{} min", s / 60);
  const int64_t m = (s + 30) / 60;
  return m % 60 ? fmt::format("{} h {} min", m / 60, m % 60) : fmt::format("{} h", m / 60);
}

std::string clock(const ReportView& view, double seconds) {
  const int64_t local = local_seconds(view, seconds);
  if (day_of(local_seconds(view, 0)) == day_of(local_seconds(view, view.seconds))) return time_of_day(local);
  const Date date = date_of(day_of(local));
  return fmt::format("{:02}-{:02} {}", date.month, date.day, time_of_day(local));
}

std::string date_time(const ReportView& view, double seconds) {
  const int64_t local = local_seconds(view, seconds);
  const Date date = date_of(day_of(local));
  const int offset = view.source.utc_offset_seconds / 60;
  return fmt::format("{}-{:02}-{:02} {} {}{:02}:{:02}", date.year, date.month, date.day, time_of_day(local),
                     offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
}

const PairFigures* first_pair(const SchedulerFigures& figures) {
  const EntityIndex index = index_entities(figures);
  const auto somebody = [&](uint32_t id) {
    const EntityFigures* e = find_entity(index, id);
    return e && e->who.kind != EntityKind::other;
  };
  for (const PairFigures& pair : figures.pairs)
    if (somebody(pair.a) && somebody(pair.b)) return &pair;
  return nullptr;
}

double first_pair_share(const SchedulerFigures& figures) {
  const PairFigures* pair = first_pair(figures);
  double sum = 0;
  for (const PairFigures& p : figures.pairs) sum += p.seconds;
  return pair && sum > 0 ? pair->seconds / sum : 0;
}

std::string first_pair_words(const SchedulerFigures& figures) {
  const PairFigures* pair = first_pair(figures);
  if (!pair || first_pair_share(figures) < kWorthNaming) return "";
  const EntityIndex index = index_entities(figures);
  const EntityFigures* first = find_entity(index, pair->a);
  const EntityFigures* second = find_entity(index, pair->b);
  if (first == second) return name_of(first->who) + " beside itself";
  // The one for which the neighbour is the larger part comes first; the kernel comes last.
  if (first->who.kind == EntityKind::kernel ||
      (second->who.kind != EntityKind::kernel && second->busy_seconds() < first->busy_seconds() * 0.95))
    std::swap(first, second);
  return name_of(first->who) + " beside " + name_of(second->who);
}

std::string sentence(std::string text) {
  for (const std::string_view ours : {"the ", "core ", "cores ", "all ", "several ", "one ", "busy", "idle"})
    if (text.starts_with(ours)) {
      text[0] = static_cast<char>(text[0] - 'a' + 'A');
      break;
    }
  return text;
}

double total(const StateSeconds& s) {
  return s.idle + s.single + s.partial.value_or(0) + s.all_busy.value_or(0) + s.unknown;
}

}  // namespace smtscope::report
