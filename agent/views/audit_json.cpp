// SPDX-License-Identifier: Apache-2.0
#include "views/audit_view.h"
#include "views/json_parts.h"

namespace smtscope {
namespace {

void put_compared(const audit::Compared& row, Fields& fields) {
  fields.set("online", row.online);
  fields.set("offline", row.offline);
  fields.set("difference", row.difference());
  fields.set("allowed", row.allowed);
}

Json state_json(const audit::StateRow& row) {
  Object out;
  Fields fields(out);
  fields.set("core", row.core);
  fields.set("state", audit::kStateNames[row.state]);
  put_compared(row, fields);
  return std::move(out).done();
}

// An entity that only the log knows has no id.
void put_party(const audit::Party& party, const char* id, const char* name, Fields& fields) {
  fields.set_or(id, party.id, Reason::not_counted);
  fields.set(name, party.name);
}

Json pair_json(const audit::PairRow& row) {
  Object out;
  Fields fields(out);
  put_party(row.a, "a", "a_name", fields);
  put_party(row.b, "b", "b_name", fields);
  put_compared(row, fields);
  return std::move(out).done();
}

Json entity_json(const audit::EntityRow& row) {
  Object out;
  Fields fields(out);
  put_party(row.entity, "id", "name", fields);
  fields.set("class", audit::kClassNames[row.beside]);
  put_compared(row, fields);
  return std::move(out).done();
}

void put_window(const AuditView& view, Object& out) {
  Fields fields(out);
  const audit::Report& report = view.report;
  if (report.intervals == 0) {
    for (const char* name : {"start_ns", "end_ns", "start_unix_ms", "end_unix_ms"}) fields.none(name, Reason::too_few);
  } else {
    fields.set("start_ns", report.start_ns);
    fields.set("end_ns", report.end_ns);
    fields.set("start_unix_ms", unix_ms(report.start_ns, view.unix_offset_ns));
    fields.set("end_unix_ms", unix_ms(report.end_ns, view.unix_offset_ns));
  }
  fields.set("window_seconds", report.window_seconds);
  fields.set("asked_seconds", view.asked_seconds);
  fields.set("intervals", report.intervals);
  fields.set("skipped", view.skipped);
}

void put_log(const AuditView& view, Object& out) {
  const audit::LogFacts& log = view.report.log;
  Fields fields(out, "log");
  fields.set("bytes", view.log_bytes);
  fields.set("most_bytes", view.log_most_bytes);
  fields.set("records", view.log_records);
  fields.set("switches", view.report.changes);  // in the windows compared
  fields.set("full", view.log_full);
  fields.set("dropped", log.dropped);
  fields.set("lost", log.seen_losses);
  fields.set("lost_hidden", log.hidden_losses);
  fields.set("backwards", log.backwards);
}

}  // namespace

std::string audit_json(const AuditView& view) {
  const audit::Report& report = view.report;
  Object out;
  put_window(view, out);
  put_host(view.host, out);
  put_topology(view.topology, out);
  Json states = Json::array(), pairs = Json::array(), entities = Json::array();
  for (const audit::StateRow& row : report.states) states.push_back(state_json(row));
  for (const audit::PairRow& row : report.pairs) pairs.push_back(pair_json(row));
  for (const audit::EntityRow& row : report.entities) entities.push_back(entity_json(row));
  Fields(out).set("states", std::move(states));
  Fields(out).set("pairs", std::move(pairs));
  Fields(out).set("entities", std::move(entities));
  Fields(out).set("inconsistencies", Json(report.inconsistencies));
  Fields(out).set("verdict", audit::verdict_word(report.verdict));
  Fields(out).set("reason", report.reason);
  put_log(view, out);
  Fields online(out, "online");
  online.set("variant", view.word_variant ? "word" : "queue");
  online.set("lost", report.online_lost);
  online.set("contended", report.contended);
  online.set("busy_seconds", report.online_busy);
  if (report.proc_stat_busy > 0) online.set("proc_stat_busy_seconds", report.proc_stat_busy);
  else online.none("proc_stat_busy_seconds", Reason::too_few);
  Fields(out).set("grouping", view.grouping);
  Json notes(report.notes);
  for (const std::string& note : view.notes) notes.push_back(note);
  Fields(out).set("notes", std::move(notes));
  return json_line(std::move(out).done());
}

}  // namespace smtscope
