// SPDX-License-Identifier: Apache-2.0
#include "topdown/read_counts.h"

#include <fmt/format.h>

#include <set>

#include "model/nearest.h"
#include "topdown/dialects.h"
#include "topdown/event_names.h"
#include "topdown/read_parts.h"

namespace smtscope::topdown {
namespace {

constexpr std::string_view kWanted =
    "wanted: JSON Lines of test vectors, or the output of perf stat -x, or of perf stat -j";

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.push_back({++number, line});
    at = end + 1;
  }
  return out;
}

bool is_comment(std::string_view line) {
  const std::string_view text = trimmed(line);
  return text.empty() || text.front() == '#';
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Result<> line(const Line& line) {
    // "# started on ..": perf stat -o --append put another run into the file.
    if (trimmed(line.text).starts_with("# started on")) ++run_;
    if (is_comment(line.text)) return {};
    if (line.text.find("Performance counter stats for") != std::string_view::npos)
      return fail(ErrorKind::input, "perf stat's text for people", "run perf stat with -x, or with -j");
    if (trimmed(line.text).starts_with('{')) return json(line);
    return csv(line);
  }

  CountFile done() && {
    CountFile out;
    out.records = std::move(vectors_);
    for (CountRecord& record : perf_records(rows_, file_)) out.records.push_back(std::move(record));
    return out;
  }

 private:
  Result<> json(const Line& line) {
    if (line.text.find("\"counts\"") == std::string_view::npos) return perf(line, read_perf_json(line.text));
    auto record = read_vector(line.text);
    if (!record) return Failure(record.error());
    if (record->id.empty()) record->id = fmt::format("{}:{}", file_, line.number);
    vectors_.push_back(std::move(*record));
    return {};
  }

  Result<> csv(const Line& line) {
    if (!csv_) csv_ = PerfCsv::for_first_line(line.text);
    if (!csv_)
      return fail(ErrorKind::input, "no count of perf stat -x: \"" + excerpt(line.text) + "\"", std::string(kWanted));
    return perf(line, csv_->row(line.text));
  }

  Result<> perf(const Line& line, Result<std::optional<PerfRow>> row) {
    if (!row) return Failure(row.error());
    if (!*row) return {};
    (*row)->line = line.number;
    (*row)->run = run_;
    rows_.push_back(std::move(**row));
    return {};
  }

  const std::string& file_;
  std::optional<PerfCsv> csv_;
  size_t run_ = 0;
  std::vector<PerfRow> rows_;
  std::vector<CountRecord> vectors_;
};

// Each name that no formula has, once, with what may have been meant.
std::vector<std::string> unknown_events(const std::vector<CountRecord>& records) {
  constexpr size_t kMost = 10;
  const auto known = known_events();
  std::set<std::string> names;
  for (const CountRecord& record : records) {
    const bool readings = !record.readings.empty();
    for (const std::string& spelled : record.event_spelling)
      if (!readings && !is_known_event(event_name(spelled).name)) names.insert(spelled);
  }
  std::string list;
  size_t listed = 0;
  for (const std::string& name : names) {
    if (listed++ == kMost) break;
    const std::string near = nearest(event_name(name).name, known, 3);
    list += (list.empty() ? "" : ", ") + excerpt(name) + (near.empty() ? "" : " (did you mean " + near + "?)");
  }
  if (names.size() > kMost) list += fmt::format(" and {} more", names.size() - kMost);
  if (list.empty()) return {};
  return {"events that no formula here uses: " + list};
}

}  // namespace

Result<CountFile> read_counts(std::string_view text, const std::string& file) {
  Reader reader(file);
  for (const Line& line : lines_of(text))
    if (auto r = reader.line(line); !r) {
      Error error = r.error();
      if (error.mend.empty()) error.mend = kWanted;
      return Failure(std::move(error).within(fmt::format("{}:{}", file, line.number)));
    }
  CountFile out = std::move(reader).done();
  if (out.records.empty()) return fail(ErrorKind::input, file + ": no counts in it", std::string(kWanted));
  out.remarks = unknown_events(out.records);
  return out;
}

}  // namespace smtscope::topdown
