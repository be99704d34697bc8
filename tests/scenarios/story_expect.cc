#include <algorithm>

#include "assessment/assessment_store.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "intake/parcel.h"
#include "lists/hash_list.h"
#include "lists/list_store.h"
#include "scenarios/story.h"
#include "tracing/episode_store.h"

namespace hotline::scenarios {

namespace {

Error broken(const std::string& sentence) {
  return {ErrorKind::conflict, sentence};
}

std::string hours_of(microseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::hours>(time).count()) + "h";
}

}  // namespace

Done Story::expect(const Words& words) {
  if (words.empty()) return std::unexpected(broken("expect what?"));
  if (words[0] == "notice") return expect_notice(words);
  if (words[0] == "notices" && words.size() == 2) {
    TRY(notices, all_notices());
    if (std::to_string(notices.size()) == words[1]) return {};
    return std::unexpected(broken("there are " + std::to_string(notices.size()) + " notices"));
  }
  if (words[0] == "mail") return expect_mail(words, true);
  if (words[0] == "no" && words.size() > 1 && words[1] == "mail")
    return expect_mail({words.begin() + 1, words.end()}, false);
  if (words[0] == "list") return expect_list(words);
  if (words[0] == "case") return expect_case(words);
  if (words[0] == "filled") return expect_filled(words);
  if (words[0] == "hashes") return expect_hashes(words);
  if (words[0] == "told") return expect_told(words);
  if (words[0] == "recall") return expect_recall(words);
  if (words[0] == "receipt") return expect_receipt(words);
  if (words[0] == "facts" || (words[0] == "no" && words[1] == "fact")) return expect_facts(words);
  if (words[0] == "hosting") return expect_hosting(words);
  if ((words[0] == "maildir" || words[0] == "nowhere") && words.size() == 2)
    return expect_files(words);
  if (words[0] == "chain") {
    TRY_DONE(change([](db::Transaction& tx) { return facts::FactStore(tx).seal(); }));
    TRY_DONE(read([](db::Transaction& tx) { return facts::FactStore(tx).verify(); }));
    return {};
  }
  return std::unexpected(broken("nobody knows how to expect `" + words[0] + "`"));
}

// notice n1 sent [to abuse@isp.example] [after 73h]
Done Story::expect_notice(const Words& words) {
  if (words.size() < 3) return std::unexpected(broken("expect notice NAME STATE"));
  TRY(found, notice(words[1]));
  if (name(found.state) != words[2])
    return std::unexpected(broken(words[1] + " is " + std::string(name(found.state)) +
                                  (found.trouble.empty() ? "" : " (" + found.trouble + ")")));
  for (std::size_t i = 3; i + 1 < words.size(); i += 2) {
    if (words[i] == "to") {
      const bool sent =
          std::any_of(world_.mails.begin(), world_.mails.end(), [&](const net::Mail& mail) {
            return mail.to == words[i + 1] &&
                   mail.subject.find(takedown::reference(found.id)) != mail.subject.npos;
          });
      if (!sent) return std::unexpected(broken(words[1] + " never went to " + words[i + 1]));
    }
    if (words[i] == "after") {
      const Instant from = found.sent_at.value_or(found.opened_at),
                    to = found.closed_at.value_or(clock_.now());
      if (hours_of(to - from) != words[i + 1])
        return std::unexpected(broken(words[1] + " ended after " + hours_of(to - from)));
    }
  }
  return {};
}

// mail to ADDRESS [count=N] [about=TEXT] · no mail to ADDRESS
Done Story::expect_mail(const Words& words, bool wanted) {
  if (words.size() < 3) return std::unexpected(broken("expect mail to ADDRESS"));
  std::string about, count;
  for (const std::string& word : words) {
    if (word.starts_with("about=")) about = word.substr(6);
    if (word.starts_with("count=")) count = word.substr(6);
  }
  const auto sent =
      std::count_if(world_.mails.begin(), world_.mails.end(), [&](const net::Mail& mail) {
        return mail.to == words[2] &&
               (about.empty() || (mail.subject + mail.text).find(about) != std::string::npos);
      });
  if (!wanted && sent == 0) return {};
  if (wanted && sent > 0 && (count.empty() || count == std::to_string(sent))) return {};
  return std::unexpected(broken(std::to_string(sent) + " such mails went to " + words[2]));
}

// list has ADDRESS · list lacks ADDRESS · list tombstone ADDRESS
Done Story::expect_list(const Words& words) {
  if (words.size() != 3) return std::unexpected(broken("expect list has|lacks|tombstone ADDRESS"));
  TRY(entries,
      read([&](db::Transaction& tx) { return lists::ListStore(tx).changes(tenant_, 0, 10'000); }));
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const lists::Entry& e) { return e.selector == words[2]; });
  const bool listed = entry != entries.end() && entry->state == lists::EntryState::listed;
  const bool tombstone = entry != entries.end() && entry->state == lists::EntryState::delisted;
  if ((words[1] == "has" && listed) || (words[1] == "lacks" && !listed) ||
      (words[1] == "tombstone" && tombstone))
    return {};
  return std::unexpected(broken("the list does not say so"));
}

// case r1 reports=2 items=3 known=1 queue=waiting sightings=1
Done Story::expect_case(const Words& words) {
  TRY(casefile, case_of(words.at(1)));
  return read([&](db::Transaction& tx) -> Done {
    casework::CaseworkStore store(tx);
    for (std::size_t i = 2; i < words.size(); ++i) {
      const auto parts = split(words[i], '=');
      std::string is;
      if (parts[0] == "reports") {
        TRY(reports, store.reports_of_case(casefile.id));
        is = std::to_string(reports.size());
      } else if (parts[0] == "sightings") {
        TRY(sightings, store.sightings_of_case(casefile.id));
        is = std::to_string(sightings.size());
      } else if (parts[0] == "queue") {
        TRY(entry, assessment::AssessmentStore(tx).entry(casefile.id));
        is = entry ? std::string(name(entry->state)) : "none";
      } else {
        TRY(sealed, facts::FactStore(tx).of_case(casefile.id.str()));
        for (const auto& fact : sealed)
          if (const auto* value = fact.details.if_contains(parts[0]);
              value && fact.kind == "sighting_captured")
            is = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
      }
      if (parts.size() != 2 || is != parts[1])
        return std::unexpected(broken(words[1] + " has " + std::string(parts[0]) + "=" + is));
    }
    return {};
  });
}

// filled r2 counts=1 suggested=0 [words=disagree]
Done Story::expect_filled(const Words& words) {
  TRY(casefile, case_of(words.at(1)));
  TRY(known, read([&](db::Transaction& tx) {
        return assessment::AssessmentStore(tx).prefills(casefile.id);
      }));
  int counts = 0, suggested = 0;
  std::string said;
  for (const auto& one : known) {
    if (one.category.empty()) continue;
    (one.exact ? counts : suggested) += 1;
    said += one.source + "\n";
  }
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto parts = split(words[i], '=');
    const std::string is = parts[0] == "counts"                  ? std::to_string(counts)
                           : parts[0] == "suggested"             ? std::to_string(suggested)
                           : said.find(parts.at(1)) != said.npos ? std::string(parts[1])
                                                                 : said;
    if (is != parts.at(1))
      return std::unexpected(
          broken("filled in is " + std::string(parts[0]) + "=" + is + " (" + said + ")"));
  }
  return {};
}

// hashes 2 [signed]: on the members' hash list; its statement is of this state
Done Story::expect_hashes(const Words& words) {
  return read([&](db::Transaction& tx) -> Done {
    TRY(listed, lists::HashList(tx).listed(tenant_));
    if (std::to_string(listed.size()) != words.at(1))
      return std::unexpected(broken("the hash list has " + std::to_string(listed.size())));
    if (words.size() < 3) return {};
    lists::ListStore store(tx);
    TRY(version, store.version(tenant_, lists::kHashList));
    TRY(manifest, store.manifest(tenant_, lists::kHashList));
    if (manifest && manifest->version == version) return {};
    return std::unexpected(broken("the hash list is not signed as it is"));
  });
}

// receipt r1 acted
Done Story::expect_receipt(const Words& words) {
  const auto found = reports_.find(words.at(1));
  if (found == reports_.end()) return std::unexpected(broken("nobody reported " + words[1]));
  const auto parcel = intake::read_parcel(places(settings_).status, found->second.receipt);
  if (!parcel)
    return std::unexpected(broken("its parcel is not there: " + parcel.error().sentence));
  const std::string stage(name(parcel->reports.at(0).back().stage));
  if (stage == words.at(2)) return {};
  return std::unexpected(broken("it says " + stage));
}

// facts a b c: in this order, others may stand between · no fact KIND
Done Story::expect_facts(const Words& words) {
  TRY_DONE(change([](db::Transaction& tx) { return facts::FactStore(tx).seal(); }));
  TRY(all, read([](db::Transaction& tx) { return facts::FactStore(tx).after(0, 1'000'000); }));
  const auto find = [&](std::vector<facts::Fact>::const_iterator from, const std::string& kind) {
    return std::find_if(from, all.cend(),
                        [&](const facts::Fact& fact) { return fact.kind == kind; });
  };
  if (words[0] == "no") {
    if (find(all.cbegin(), words.at(2)) == all.cend()) return {};
    return std::unexpected(broken("there is a fact " + words[2]));
  }
  auto place = all.cbegin();
  for (std::size_t i = 1; i < words.size(); ++i) {
    place = find(place, words[i]);
    if (place == all.cend())
      return std::unexpected(broken("there is no fact " + words[i] + " at its place"));
    ++place;
  }
  return {};
}

// hosting r1 country=NL [cdn=range-cdn] [episodes=2]
Done Story::expect_hosting(const Words& words) {
  TRY(casefile, case_of(words.at(1)));
  TRY(episodes, read([&](db::Transaction& tx) {
        return tracing::EpisodeStore(tx).episodes(casefile.address);
      }));
  if (episodes.empty()) return std::unexpected(broken("it was never traced"));
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto parts = split(words[i], '=');
    const tracing::HostingTrace& last = episodes.back().hosting;
    const std::string is = parts[0] == "country"    ? last.country.country
                           : parts[0] == "cdn"      ? last.cdn
                           : parts[0] == "episodes" ? std::to_string(episodes.size())
                                                    : "";
    if (is != parts.at(1))
      return std::unexpected(broken("hosting says " + std::string(parts[0]) + "=" + is));
  }
  return {};
}

}  // namespace hotline::scenarios
