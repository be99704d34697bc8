// What an episode keeps beside its columns, as JSON: shown to people, never asked for by SQL.
#include "base/json.h"
#include "tracing/tracing.h"

namespace hotline::tracing {

namespace {

json::array list_of(const std::vector<std::string>& values) {
  json::array list;
  for (const auto& value : values) list.emplace_back(value);
  return list;
}

std::vector<std::string> texts_at(const json::value& object, std::string_view key) {
  std::vector<std::string> texts;
  const auto* list = member(object, key);
  if (list == nullptr || !list->is_array()) return texts;
  for (const auto& one : list->get_array())
    if (one.is_string()) texts.emplace_back(one.get_string());
  return texts;
}

}  // namespace

std::string details_text(const HostingTrace& trace) {
  json::array systems;
  for (const auto system : trace.announced.systems) systems.emplace_back(system);
  json::object details{{"cdn_seen_by", trace.cdn_seen_by},
                       {"differences", list_of(trace.differences)},
                       {"canonical_name", trace.canonical_name},
                       {"name_servers", list_of(trace.name_servers)},
                       {"mail_exchanges", list_of(trace.mail_exchanges)},
                       {"name_holder",
                        {{"name", trace.name_holder.name},
                         {"registrar", trace.name_holder.registrar},
                         {"registrar_abuse", trace.name_holder.registrar_abuse},
                         {"registry", trace.name_holder.registry},
                         {"created", trace.name_holder.created}}},
                       {"announced",
                        {{"prefix", trace.announced.prefix},
                         {"systems", std::move(systems)},
                         {"holder", trace.announced.holder}}},
                       {"certificate", trace.certificate},
                       {"origin",
                        {{"ip", trace.origin.ip},
                         {"contact", trace.origin.contact},
                         {"source", trace.origin.source},
                         {"signed", trace.origin.is_signed}}}};
  return json::serialize(details);
}

Done read_details(std::string_view text, HostingTrace& trace) {
  TRY(object, parse_json(text));
  const auto text_in = [](const json::value* from, std::string_view key) {
    return from != nullptr ? text_at(*from, key).value_or("") : std::string();
  };
  trace.cdn_seen_by = text_in(&object, "cdn_seen_by");
  trace.differences = texts_at(object, "differences");
  trace.canonical_name = text_in(&object, "canonical_name");
  trace.name_servers = texts_at(object, "name_servers");
  trace.mail_exchanges = texts_at(object, "mail_exchanges");
  trace.certificate = text_in(&object, "certificate");
  const auto* holder = member(object, "name_holder");
  trace.name_holder = {text_in(holder, "name"), text_in(holder, "registrar"),
                       text_in(holder, "registrar_abuse"), text_in(holder, "registry"),
                       text_in(holder, "created")};
  const auto* announced = member(object, "announced");
  trace.announced.prefix = text_in(announced, "prefix");
  trace.announced.holder = text_in(announced, "holder");
  if (const auto* systems = announced != nullptr ? member(*announced, "systems") : nullptr;
      systems != nullptr && systems->is_array())
    for (const auto& system : systems->get_array())
      if (system.is_int64()) trace.announced.systems.push_back(system.get_int64());
  const auto* origin = member(object, "origin");
  trace.origin = {text_in(origin, "ip"), text_in(origin, "contact"), text_in(origin, "source"),
                  false, ""};
  if (const auto* is_signed = origin != nullptr ? member(*origin, "signed") : nullptr)
    trace.origin.is_signed = is_signed->is_bool() && is_signed->get_bool();
  return {};
}

}  // namespace hotline::tracing
