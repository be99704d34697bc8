#include "range/director.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "range/answer.h"
#include "range/files.h"
#include "range/servers.h"

namespace hotline::range {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {
bool is_true(const json::value& object, std::string_view key) {
  const auto* found = member(object, key);
  return found && found->is_bool() && found->get_bool();
}
}  // namespace

Director::Director(const World& world, std::string dir, double speed,
                   std::function<void()> names_changed)
    : world_(world),
      dir_(std::move(dir)),
      speed_(speed),
      names_changed_(std::move(names_changed)) {}

Done Director::set_up(Instant now) {
  recall();
  for (const auto& site : world_.sites) TRY_DONE(show(site, memory_[site.name].state, dir_));
  return write_names(now);
}

void Director::tick(Instant now) {
  read_mail(now);
  read_orders(now);
  auto due = std::stable_partition(planned_.begin(), planned_.end(),
                                   [&](const Planned& one) { return one.at > now; });
  if (due == planned_.end()) return;
  const std::vector<Planned> now_due(due, planned_.end());
  planned_.erase(due, planned_.end());
  for (const auto& one : now_due) perform(one, now);
  remember();
}

SiteState Director::state(const std::string& site) const {
  const auto found = memory_.find(site);
  return found == memory_.end() ? SiteState::up : found->second.state;
}

void Director::read_mail(Instant now) {
  for (const auto& network : world_.networks) {
    const auto at = network.abuse.find('@');
    const auto box = dir_ + "/mail/" + domain_of(network.abuse) + "/" + network.abuse.substr(0, at);
    for (const auto& file : names_in(box + "/new")) {
      const auto bytes = read_file(box + "/new/" + file);
      const auto letter =
          bytes ? read_letter(*bytes) : Result<Letter>(std::unexpected(bytes.error()));
      if (letter) take_letter(network.abuse, *letter, now);
      // Planned first, then marked as read: a crash between the two plans it twice, which is
      // harmless.
      remember();
      std::error_code trouble;
      fs::rename(box + "/new/" + file, box + "/cur/" + file + ":2,S", trouble);
      if (trouble) log::trouble("letter_not_marked", {{"mailbox", network.handle}});
    }
  }
}

/// What this host does with a letter to `mailbox`; null if the letter is not for it.
const std::vector<Deed>* Director::script_for(const Site& site, const std::string& mailbox) const {
  const auto written = memory_.find(site.name);
  const Memory memory = written == memory_.end() ? Memory{} : written->second;
  const auto holds = [&](const std::string& ip) {
    const auto* network = ip.empty() ? nullptr : world_.holder(ip);
    return network && network->abuse == mailbox;
  };
  const auto is_above = [&](const std::string& ip) {
    const auto* network = world_.holder(ip);
    const auto* above = network ? world_.network(network->parent) : nullptr;
    return above && above->abuse == mailbox;
  };
  if (holds(site.moved_address)) return &site.script.after_move;
  if (holds(site.address) || holds(site.origin))
    return memory.letters == 0 || site.script.repeats ? &site.script.first : &site.script.later;
  if (is_above(site.address)) return &site.script.escalation;
  return nullptr;
}

void Director::take_letter(const std::string& mailbox, const Letter& letter, Instant now) {
  for (const auto& site : world_.sites) {
    const auto* deeds = script_for(site, mailbox);
    if (!deeds || !names_host(letter, site.name)) continue;
    ++memory_[site.name].letters;
    log::note("letter", {{"site", site.name}, {"deeds", deeds->size()}});
    plan(site, *deeds, letter.answer_link, now);
  }
}

void Director::plan(const Site& site, const std::vector<Deed>& deeds, const std::string& link,
                    Instant now) {
  if (deeds.empty()) return;
  std::erase_if(planned_, [&](const Planned& one) { return one.site == site.name; });
  for (const auto& deed : deeds) {
    const auto after = static_cast<std::int64_t>(static_cast<double>(deed.after.count()) / speed_);
    planned_.push_back({now + microseconds(after), site.name, deed.what, link});
  }
}

void Director::perform(const Planned& deed, Instant now) {
  const auto* site = world_.site(deed.site);
  if (!site) return;
  constexpr std::string_view kAnswer = "answer ";
  if (deed.what.starts_with(kAnswer)) {
    const auto done = answer(deed.link, std::string_view(deed.what).substr(kAnswer.size()));
    const bool last =
        done.has_value() || done.error().kind != ErrorKind::unavailable || deed.tries >= 30;
    if (!done && last) log::trouble("answer", done.error(), {{"site", deed.site}});
    if (!last) {
      auto again = deed;
      again.at = now + 1s;
      ++again.tries;
      planned_.push_back(again);
      return;
    }
  } else if (deed.what == "remove") {
    set_state(*site, SiteState::gone, now);
  } else if (deed.what == "restore") {
    set_state(*site, SiteState::up, now);
  } else if (deed.what == "soft_remove") {
    set_state(*site, SiteState::soft_gone, now);
  } else if (deed.what == "move") {
    set_state(*site, SiteState::moved, now);
  }
  log::note("deed", {{"site", deed.site}, {"what", deed.what}});
}

void Director::set_state(const Site& site, SiteState state, Instant now) {
  auto& memory = memory_[site.name];
  // A page that is removed after its move stays at its second address in the DNS.
  const bool names =
      !site.moved_address.empty() && (state == SiteState::moved || state == SiteState::up);
  memory.state = state;
  if (names) memory.elsewhere = state == SiteState::moved;
  if (const auto done = show(site, state, dir_); !done) log::trouble("show", done.error());
  if (!names) return;
  if (const auto done = write_names(now); !done) log::trouble("zones", done.error());
  if (names_changed_) names_changed_();
}

Done Director::write_names(Instant now) {
  serial_ = std::max(serial_ + 1, us(now) / 1'000'000);
  remember();
  return write_zones(world_, dir_, serial_, [&](const Site& site) {
    const auto found = memory_.find(site.name);
    return found != memory_.end() && found->second.elsewhere ? site.moved_address : site.address;
  });
}

void Director::read_orders(Instant now) {
  for (const auto& file : names_in(dir_ + "/orders")) {
    if (!file.ends_with(".order")) continue;
    const auto path = dir_ + "/orders/" + file;
    const auto text = read_file(path);
    const auto order =
        text ? parse_json(*text) : Result<json::value>(std::unexpected(text.error()));
    const auto wanted = order ? parse_site_state(text_at(*order, "state").value_or(""))
                              : Result<SiteState>(std::unexpected(order.error()));
    const auto* site = order ? world_.site(text_at(*order, "site").value_or("")) : nullptr;
    if (wanted && site) {
      std::erase_if(planned_, [&](const Planned& one) { return one.site == site->name; });
      set_state(*site, *wanted, now);
      remember();
    }
    std::error_code ignored;
    fs::remove(path, ignored);
  }
}

void Director::remember() const {
  json::object sites;
  for (const auto& [site, memory] : memory_)
    sites[site] = json::object{{"state", name(memory.state)},
                               {"letters", memory.letters},
                               {"elsewhere", memory.elsewhere}};
  json::array planned;
  for (const auto& one : planned_)
    planned.push_back(json::object{{"at", us(one.at)},
                                   {"site", one.site},
                                   {"what", one.what},
                                   {"link", one.link},
                                   {"tries", one.tries}});
  const json::object all = {{"serial", serial_}, {"sites", sites}, {"planned", planned}};
  if (const auto done = write_file(dir_ + "/director.json", json::serialize(all)); !done)
    log::trouble("director_not_stored", done.error());
}

void Director::recall() {
  const auto text = read_file(dir_ + "/director.json");
  const auto all = text ? parse_json(*text) : Result<json::value>(std::unexpected(text.error()));
  if (!all) return;  // A fresh folder: every site is up.
  serial_ = integer_at(*all, "serial").value_or(0);
  if (const auto* sites = member(*all, "sites"); sites && sites->is_object())
    for (const auto& [site, one] : sites->get_object())
      memory_[site] = {
          parse_site_state(text_at(one, "state").value_or("up")).value_or(SiteState::up),
          integer_at(one, "letters").value_or(0), is_true(one, "elsewhere")};
  if (const auto* planned = member(*all, "planned"); planned && planned->is_array())
    for (const auto& one : planned->get_array())
      planned_.push_back({instant(integer_at(one, "at").value_or(0)),
                          text_at(one, "site").value_or(""), text_at(one, "what").value_or(""),
                          text_at(one, "link").value_or(""),
                          static_cast<int>(integer_at(one, "tries").value_or(0))});
}

Done order_state(const std::string& dir, const std::string& site, SiteState state) {
  const auto path = dir + "/orders/" + std::to_string(getpid()) + ".order";
  TRY_DONE(write_file(path, json::serialize(json::object{{"site", site}, {"state", name(state)}})));
  for (int tries = 0; tries < 500; ++tries) {
    if (!is_there(path)) return {};
    std::this_thread::sleep_for(10ms);
  }
  std::error_code ignored;
  fs::remove(path, ignored);
  return fail(ErrorKind::unavailable, "The range does not react; is `hotline-range up` running?");
}

}  // namespace hotline::range
