// SPDX-License-Identifier: Apache-2.0
// One test vector: an object with `counts`.
#include <algorithm>

#include "topdown/event_names.h"
#include "topdown/json_line.h"
#include "topdown/read_parts.h"

namespace smtscope::topdown {
namespace {

using nlohmann::json;

// Shares by event, by group ("ret" for "x@ret"), by beginning ("topdown-*"), or for all ("*").
class Running {
 public:
  explicit Running(const json& object) {
    for (const auto& [name, value] : object.items())
      if (value.is_number()) shares_[name == "*" ? name : canonical(name)] = value.get<double>() / 100;
  }

  [[nodiscard]] std::optional<double> of(const std::string& event) const {
    if (const auto exact = find(event)) return exact;
    std::optional<double> best;
    size_t longest = 0;
    for (const auto& [name, share] : shares_) {
      const bool beginning =
          name.size() > 1 && name.ends_with("*") && event.starts_with(name.substr(0, name.size() - 1));
      if (beginning && name.size() > longest) best = share, longest = name.size();
    }
    if (best) return best;
    if (const size_t at = event.rfind('@'); at != std::string::npos)
      if (const auto group = find(event.substr(at + 1))) return group;
    return find("*");
  }

  static std::string canonical(const std::string& name) { return event_name(name).name; }

 private:
  [[nodiscard]] std::optional<double> find(const std::string& name) const {
    const auto found = shares_.find(name);
    return found == shares_.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<std::string, double> shares_;
};

Failure wrong(const std::string& what) { return fail(ErrorKind::input, what); }

// nullopt: a part of it is not known.
Result<std::optional<std::vector<double>>> reading(const json& array, const std::string& event) {
  std::vector<double> out;
  for (const json& number : array) {
    if (number.is_null()) return std::nullopt;
    if (!number.is_number()) return wrong("counts." + excerpt(event) + " is a list of something else than numbers");
    out.push_back(number.get<double>());
  }
  return out;
}

Result<> read_count(const std::string& event, const json& value, const Running& running, CountRecord& out) {
  const std::string name = Running::canonical(event);
  out.event_spelling.push_back(event);
  if (value.is_array()) {
    auto numbers = reading(value, event);
    if (!numbers) return Failure(numbers.error());
    if (*numbers) out.readings[name] = std::move(**numbers);
    else out.counts[name] = Count{};
    return {};
  }
  Count count;
  count.running = running.of(name);
  if (value.is_number()) {
    count.value = value.get<double>();
    count.why = Reason::ok;
  } else if (value.is_string() && not_a_count(value.get_ref<const std::string&>())) {
    count.why = *not_a_count(value.get_ref<const std::string&>());
  } else if (!value.is_null()) {
    return wrong("counts." + excerpt(event) + " is neither a number nor null");
  }
  // Of two spellings of one event that which counted.
  Count& known = out.counts[name];
  if (!known.value) known = count;
  return {};
}

Result<> read_header(const json& object, CountRecord& out) {
  for (const char* name : {"id", "uarch", "formula"})
    if (const auto found = object.find(name); found != object.end() && !found->is_string() && !found->is_null())
      return wrong("\"" + std::string(name) + "\" is no text");
  out.id = text_of(object, "id").value_or("");
  out.uarch = text_of(object, "uarch").value_or("");
  out.formula = text_of(object, "formula");
  if (const auto smt = object.find("smt"); smt != object.end() && smt->is_boolean()) out.smt = smt->get<bool>();
  out.tolerance = number_of(object, "tolerance_abs");
  if (const auto stated = object.find("expected"); stated != object.end() && stated->is_object())
    for (const auto& [name, value] : stated->items())
      if (value.is_number()) out.stated[name] = value.get<double>();
  return {};
}

}  // namespace

Result<CountRecord> read_vector(std::string_view line) {
  const auto object = parse_json_line(line);
  if (!object) return Failure(object.error());
  const auto counts = object->is_object() ? object->find("counts") : object->end();
  if (counts == object->end() || !counts->is_object()) return wrong("no object \"counts\"");
  CountRecord out;
  if (auto r = read_header(*object, out); !r) return Failure(r.error());
  const auto shares = object->find("running_pct");
  if (shares != object->end() && !shares->is_object() && !shares->is_null())
    return wrong("\"running_pct\" is no object");
  const Running running(shares != object->end() && shares->is_object() ? *shares : json::object());
  for (const auto& [event, value] : counts->items())
    if (auto r = read_count(event, value, running, out); !r) return Failure(r.error());
  return out;
}

}  // namespace smtscope::topdown
