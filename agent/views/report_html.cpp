// SPDX-License-Identifier: Apache-2.0
// The page: what the node is, the verdict, then the evidence. No script, no outside asset.
#include <fmt/format.h>

#include <algorithm>

#include "views/report_html_parts.h"
#include "views/report_svg.h"
#include "views/report_words.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"

namespace smtscope {
namespace report {
namespace {

constexpr std::string_view kPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

// "(none)" is the kernel's word for a name that nobody set.
std::string host_name(const ReportView& view) {
  const std::string& name = view.run.host.name;
  return name.empty() || name == "(none)" ? "unknown node" : name;
}

std::string fact(std::string_view name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escaped(value));
}

std::string shape(const Topology& topology) {
  const auto plural = [](size_t n, std::string_view word) {
    return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
  };
  const size_t cores = topology.cores.size();
  std::string out =
      cores ? fmt::format("{}, {}", plural(cores, "core"), plural(topology.online_cpus(), "CPU")) : "no core online";
  out += fmt::format(", {}", plural(topology.packages(), "socket"));
  if (topology.nodes() > 1) out += fmt::format(", {}", plural(topology.nodes(), "NUMA node"));
  return out;
}

std::string siblings(const HostFacts& host) {
  const std::string control = host.smt_control.value_or("control unknown");
  if (control == "notsupported" || control == "notimplemented") return "none that the kernel knows of";
  std::string out = control;
  if (host.smt_active) out += *host.smt_active ? ", active" : ", no sibling online";
  return out;
}

// "mds: ...; taa: ..." would fill the page: those that name SMT, and how many are mitigated.
std::string mitigations(const HostFacts& host) {
  if (host.mitigations.empty() && host.vulnerabilities.empty()) return "";
  const auto& list = host.mitigations.empty() ? host.vulnerabilities : host.mitigations;
  const auto count = [&](std::string_view start) {
    return std::count_if(list.begin(), list.end(), [&](const auto& item) { return item.second.starts_with(start); });
  };
  return fmt::format("{} mitigated, {} vulnerable, {} not affected", count("Mitigation"), count("Vulnerable"),
                     count("Not affected"));
}

std::string attested(const Topology& topology) {
  return fmt::format("{}: {}", topology.attested ? "yes" : "no", topology.attested_reason);
}

std::string facts(const ReportView& view) {
  const HostFacts& host = view.run.host;
  const Topology& topology = *view.topology;
  std::string out = "<dl class=\"facts\">";
  out += fact("Shape", shape(topology));
  out += fact("CPU", host.cpu_model.value_or("unknown"));
  out += fact("Kernel", host.kernel);
  out += fact("SMT", siblings(host));
  out += fact("Topology", topology.source == TopologySource::sysfs ? "from sysfs" : "stated by hand (--siblings)");
  out += fact("Claims about hardware", attested(topology));
  out += fact("Frequency governor", host.governor.value_or("unknown"));
  out += fact("CPU vulnerabilities", mitigations(host));
  out += fact("Core scheduling", host.core_scheduling.value_or("unknown"));
  out += fact("Hypervisor", host.hypervisor.value_or("unknown"));
  out += fact("Workloads by", view.run.grouping);
  out += fact("Measured by",
              fmt::format("smtscope {}{}", view.run.version,
                          view.run.interval_ns
                              ? fmt::format(", every {}",
                                            text::duration_seconds(static_cast<double>(view.run.interval_ns) * 1e-9))
                              : ""));
  return out + "</dl>";
}

std::string head(const ReportView& view) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta name=\"generator\" content=\"smtscope {}\"><title>smtscope: {}, {}</title><link rel=\"icon\" "
      "href=\"data:,\">"
      "<style>{}</style></head>\n",
      kPolicy, escaped(view.source.version), escaped(host_name(view)), date_time(view, 0), style_sheet());
}

std::string hatch() {
  return "<svg id=\"defs\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" width=\"5\" height=\"5\" "
         "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" "
         "style=\"fill:var(--card)\"/><rect width=\"2\" height=\"5\" "
         "style=\"fill:var(--unk)\"/></pattern></defs></svg>";
}

std::string header(const ReportView& view) {
  std::string when = fmt::format("{} to {}, {}", date_time(view, 0), clock(view, view.seconds), span(view.seconds));
  if (view.gaps > 0) when += fmt::format(" ({} measured)", span(view.measured));
  return fmt::format(
      "<header id=\"node\"><p class=\"kicker\">smtscope report</p><h1>{}</h1><p class=\"dim\">{}</p>{}</header>",
      escaped(host_name(view)), escaped(when), facts(view));
}

std::string footer(const ReportView& view) {
  std::string next = "smtscope stat";
  if (const auto& all = view.whole.entities; !all.empty()) {
    const auto who =
        std::find_if(all.begin(), all.end(), [](const EntityFigures& e) { return can_be_asked_for(e.who); });
    if (who != all.end()) next += " --of " + text::clean(who->who.name);
  }
  const std::string from = view.source.file ? fmt::format("from {} ", text::clean(*view.source.file)) : std::string();
  return fmt::format("<footer><p>Written {}by smtscope {}. To look closer on the node: <code>{}</code></p></footer>",
                     escaped(from), escaped(view.source.version), escaped(next));
}

}  // namespace

std::string section(std::string_view id, std::string_view heading, const std::string& body) {
  return fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-h\"><h2 id=\"{0}-h\">{1}</h2>{2}</section>\n", id,
                     heading, body);
}

std::string wide_box(std::string_view label, const std::string& body) {
  return fmt::format("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">{}</div>", label, body);
}

std::string paragraph(const std::string& text, std::string_view css) {
  return css.empty() ? fmt::format("<p>{}</p>", escaped(text))
                     : fmt::format("<p class=\"{}\">{}</p>", css, escaped(text));
}

static std::string page(const ReportView& view) {
  std::string out = head(view) + "<body>" + hatch() + header(view) + "<main>\n" + verdict_section(view);
  if (!view.windows.empty()) {
    out += map_section(view) + story_section(view) + states_section(view) + pairs_section(view);
    out += workloads_section(view) + waits_section(view) + placement_section(view);
  }
  return out + quality_section(view) + missing_section(view) + "</main>\n" + footer(view) + "</body></html>\n";
}

}  // namespace report

std::string report_html(const ReportView& view) { return report::page(view); }

}  // namespace smtscope
