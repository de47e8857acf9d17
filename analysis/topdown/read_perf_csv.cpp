// SPDX-License-Identifier: Apache-2.0
// One line of `perf stat -x SEP`:
//   [interval,][aggregate,[number of CPUs,]]value,unit,event,[cgroup,][variance%,]runtime,running %[,metric,its name]
// No header says which of them are there, and an event in full may contain the separator.
#include <algorithm>
#include <array>

#include "topdown/read_parts.h"

namespace smtscope::topdown {
namespace {

using Fields = std::vector<std::string_view>;

constexpr size_t kMaxBefore = 8;  // fields before the value: interval, aggregate with commas in a thread's name, number

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// `cpu/event=0x3c,umask=0x1/`: where a field ends that began at `at` with `first` and has separators between slashes.
size_t event_end(std::string_view line, size_t at, std::string_view first, char separator) {
  const size_t end = at + first.size(), slash = first.find('/');
  if (slash == std::string_view::npos || slash == 0 || first.find('/', slash + 1) != std::string_view::npos) return end;
  const size_t close = line.find('/', at + slash + 1);
  if (close == std::string_view::npos) return end;
  // Terms are words; a time or a share is none, and then this was a cgroup or "K/sec".
  for (size_t i = end; i < close; ++i)
    if (line[i] == separator && !is_letter(line[i + 1])) return end;
  return std::min(line.find(separator, close), line.size());
}

Fields fields_of(std::string_view line, char separator) {
  Fields out;
  for (size_t at = 0; at <= line.size();) {
    const std::string_view first = line.substr(at, std::min(line.find(separator, at), line.size()) - at);
    const size_t end = event_end(line, at, first, separator);
    out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

bool is_unit(std::string_view text) {
  constexpr size_t kLongest = 16;
  return text.size() <= kLongest && !decimal(text) && text.find_first_of("<>;,\t|\"{}") == std::string_view::npos;
}

bool is_value(std::string_view text) { return decimal(text) || not_a_count(text); }

// "100.00": two decimals, or the line ends too early.
bool is_percent(std::string_view text) {
  const size_t point = text.find_first_of(".,");
  return point != std::string_view::npos && is_digits(text.substr(0, point)) && is_digits(text.substr(point + 1)) &&
         text.size() == point + 3;
}

// Where the time that the event ran stands, behind cgroup and variance; 0: nowhere.
size_t runtime_at(const Fields& fields, size_t value) {
  constexpr size_t kMaxBetween = 3;
  for (size_t i = value + 3; i + 1 < fields.size() && i <= value + 3 + kMaxBetween; ++i)
    if (is_digits(fields[i]) && is_percent(trimmed(fields[i + 1]))) return i;
  return 0;
}

bool is_aggregate(std::string_view text) { return !text.empty() && !decimal(text) && !not_a_count(text); }
bool is_interval(std::string_view text) { return trimmed(text) == "summary" || decimal(text); }

// What stands before the value: interval, aggregate, how many CPUs it has.
bool take_head(Fields head, PerfRow& row) {
  if (!head.empty() && is_interval(head.front())) {
    row.interval = trimmed(head.front());
    head.erase(head.begin());
  }
  if (head.empty()) return true;
  if (head.size() > 1 && is_digits(head.back())) head.pop_back();
  if (!is_aggregate(head.front())) return false;
  // A thread's name may have had separators.
  row.aggregate = std::string(head.front().data(), head.back().data() + head.back().size());
  return true;
}

// What stands between the event and its runtime.
void take_middle(const Fields& fields, size_t from, size_t to, PerfRow& row) {
  for (size_t i = from; i < to; ++i)
    if (!fields[i].ends_with('%')) row.cgroup = fields[i];
}

bool take_row(const Fields& fields, size_t value, PerfRow& row) {
  if (value + 4 >= fields.size() || !is_value(fields[value]) || !is_unit(fields[value + 1])) return false;
  const std::string_view event = fields[value + 2];
  if (event.empty() || decimal(event) || not_a_count(event) || event.front() == ' ') return false;
  const size_t runtime = runtime_at(fields, value);
  if (runtime == 0 || !take_head(Fields(fields.begin(), fields.begin() + static_cast<ptrdiff_t>(value)), row))
    return false;
  row.event = event;
  row.runtime = fields[runtime];
  take_middle(fields, value + 3, runtime, row);
  if (const auto why = not_a_count(fields[value])) {
    row.why = *why;
    return true;
  }
  row.value = decimal(fields[value]);
  row.running = *decimal(fields[runtime + 1]) / 100;
  return true;
}

// Further metrics of the event before have a line with empty fields, and the metric at its end.
bool is_metric_line(const Fields& fields) {
  constexpr size_t kEmpty = 4;
  size_t empty = 0;
  for (const std::string_view field : fields) empty += trimmed(field).empty() ? 1 : 0;
  return fields.size() >= kEmpty + 2 && empty >= kEmpty && !trimmed(fields.back()).empty();
}

std::optional<PerfRow> row_of(std::string_view line, char separator) {
  const Fields fields = fields_of(line, separator);
  for (size_t value = 0; value <= kMaxBefore && value < fields.size(); ++value) {
    PerfRow row;
    if (take_row(fields, value, row)) return row;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PerfCsv> PerfCsv::for_first_line(std::string_view line) {
  constexpr std::array<char, 6> kSeparators = {',', ';', '\t', '|', ':', ' '};
  for (const char separator : kSeparators)
    if (row_of(line, separator)) return PerfCsv(separator);
  return std::nullopt;
}

Result<std::optional<PerfRow>> PerfCsv::row(std::string_view line) const {
  if (auto row = row_of(line, separator_)) return row;
  if (is_metric_line(fields_of(line, separator_))) return std::optional<PerfRow>();
  return fail(ErrorKind::input, "no whole line of perf stat -x: \"" + excerpt(line) + "\"",
              "is the file cut off, or does it hold what the command printed too? perf stat -o FILE keeps them apart");
}

}  // namespace smtscope::topdown
