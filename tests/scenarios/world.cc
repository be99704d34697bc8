#include "scenarios/world.h"

#include "base/crypto.h"
#include "base/text.h"
#include "matching/hash_lines.h"
#include "url/ip.h"
#include "url/url.h"

namespace hotline::scenarios {

namespace {

Error down() {
  return {ErrorKind::unavailable, "Nothing answers."};
}

std::string picture_bytes(const std::string& name) {
  return "picture:" + name;
}

/// "sunset~5": the hash of "sunset" with five bits changed.
std::string pdq_of(std::string_view name) {
  const auto tilde = name.find('~');
  std::string bytes = crypto::sha256(name.substr(0, tilde));
  const std::int64_t flips =
      tilde == name.npos ? 0 : parse_integer(name.substr(tilde + 1)).value_or(0);
  for (std::int64_t i = 0; i < flips; ++i)
    bytes[static_cast<std::size_t>(i * 3 % 32)] ^= static_cast<char>(1 << (i * 3 / 32 % 8));
  return hex(bytes);
}

std::string page_text(const std::string& address, const Page& page, bool innocent) {
  if (innocent)
    return "A quiet page about gardening, bees and the weather in spring, with nothing else to "
           "see.";
  if (page.state == PageState::changed)
    return "This domain is for sale. Make an offer to its owner today, prices on request.";
  if (page.state == PageState::soft_gone) return "This content has been removed.";
  return "Pictures of hills and lakes collected at " + address +
         " by a walker who likes clear mornings and long evenings.";
}

}  // namespace

const Network* World::network_of(const std::string& ip) const {
  const auto address = url::parse_ip(ip);
  if (!address) return nullptr;
  for (const Network& network : networks) {
    const auto range = url::parse_network(network.cidr);
    if (range && range->contains(*address)) return &network;
  }
  return nullptr;
}

std::optional<Result<net::Capture>> FakeFetcher::in_between(const net::FetchRequest& request) {
  net::Capture capture;
  capture.final_url = request.url;
  capture.sentence = "No answer.";
  if (second_) {
    if (world_.second_is_down) return capture;
    return std::nullopt;
  }
  if (world_.jail_is_down || (world_.browser_is_down && request.browser))
    return std::unexpected(down());
  if (world_.we_are_down) return capture;
  if (world_.resolver_lies) {
    capture.verdict = net::FetchVerdict::no_name;
    return capture;
  }
  if (world_.portal_in_between) {
    capture.verdict = net::FetchVerdict::answered;
    capture.status = 200;
    capture.content_type = "text/html";
    capture.text = "Welcome to this network. Your page was not found: please sign in here first.";
    capture.page = "<p>" + capture.text;
    return capture;
  }
  return std::nullopt;
}

namespace {

net::Fingerprints marks_of(const std::string& marks) {
  if (marks.empty()) return {};
  const auto slash = marks.find('/');
  const std::string site = marks.substr(0, slash);
  const std::string only = slash == std::string::npos ? "" : marks.substr(slash + 1);
  const auto digest = [&](const std::string& kind) {
    return only.empty() || only == kind ? hex(crypto::sha256(kind + " of " + site)) : std::string();
  };
  net::Fingerprints prints{.structure = digest("structure").substr(0, 16),
                           .paths = digest("paths").substr(0, 16),
                           .favicon = digest("favicon")};
  if (const auto wallet = digest("payment"); !wallet.empty()) prints.payments.push_back(wallet);
  return prints;
}

}  // namespace

Result<net::Capture> FakeFetcher::look(const net::FetchRequest& request) {
  ++world_.looks;
  if (auto stopped = in_between(request)) return *std::move(stopped);
  net::Capture capture;
  capture.final_url = request.url;
  const auto address = url::parse(request.url);
  if (!address) return fail(ErrorKind::invalid, "The story asks for an address that is none.");
  const auto name = world_.names.find(address->host);
  if (const auto one = world_.behaviours.find(address->host); one != world_.behaviours.end())
    return one->second({request, world_.hour(), second_, world_.asked[request.url]++});
  if (name == world_.names.end()) {
    capture.verdict = net::FetchVerdict::no_name;
    capture.sentence = "No such name.";
    return capture;
  }
  if (const auto pictures = world_.media_origins.find(address->origin());
      pictures != world_.media_origins.end()) {
    const std::string prefix = pictures->first + "/media/";
    const auto number = request.url.starts_with(prefix)
                            ? std::strtoul(request.url.c_str() + prefix.size(), nullptr, 10)
                            : 0;
    if (number >= 1 && number <= pictures->second.size()) {
      capture.verdict = net::FetchVerdict::answered;
      capture.status = 200;
      capture.content_type = "image/jpeg";
      capture.page = picture_bytes(pictures->second[number - 1]);
      return capture;
    }
  }
  const auto found = world_.pages.find(request.url);
  const std::string ip = name->second.empty() ? "" : name->second.front();
  if (found != world_.pages.end() && found->second.state == PageState::silent) {
    capture.sentence = "No answer.";
    return capture;
  }
  capture.verdict = net::FetchVerdict::answered;
  capture.status = 200;
  if (found == world_.pages.end() || found->second.state == PageState::gone)
    capture.status = 404;
  else if (found->second.state == PageState::forbidden)
    capture.status = 403;
  capture.hops.push_back({request.url, ip, capture.status, ""});
  capture.content_type = "text/html";
  if (capture.status != 200) {
    capture.text = "Not found.";
    capture.page = "<p>Not found.</p>";
    return capture;
  }
  const Page& page = found->second;
  const bool innocent = !page.referrer.empty() && request.referrer != page.referrer;
  if (page.via_cdn) capture.server = R"({"via":"range-cdn"})";
  capture.text = page_text(request.url, page, innocent);
  capture.title = capture.text.substr(0, 20);
  capture.page = "<title>" + capture.title + "</title><p>" + capture.text + "</p>";
  if (page.state != PageState::up || innocent || !request.media) return capture;
  capture.fingerprints = marks_of(page.marks);
  capture.screenshot = picture_bytes("screenshot of " + request.url);
  int number = 0;
  for (const std::string& picture : page.pictures)
    capture.media.push_back({(page.media_origin.empty() ? address->origin() : page.media_origin) +
                                 "/media/" + std::to_string(++number) + ".jpg",
                             ip, 200, "image/jpeg", picture_bytes(picture)});
  return capture;
}

namespace {
/// A film of ten frames; "film:sunset~5" is "film:sunset" encoded anew, five bits of each frame
/// changed, and "film:sunset/3" is its first three frames.
media::Findings film_findings(std::string_view name, media::Findings findings) {
  findings.kind = "video";
  findings.width = 320;
  findings.height = 240;
  const auto cut = name.find('/');
  const auto count = cut == name.npos ? 10 : parse_integer(name.substr(cut + 1)).value_or(10);
  name = name.substr(0, cut);
  const auto changed = name.find('~');
  const std::string after(changed == name.npos ? "" : name.substr(changed));
  for (int i = 0; i < count; ++i) {
    const auto frame = std::string(name.substr(0, changed)) + " frame " + std::to_string(i) + after;
    findings.frames.push_back({i * 25, 100, *media::parse_pdq(pdq_of(frame)), double(i)});
  }
  findings.seconds = static_cast<double>(count);
  findings.tmk = "the vector of " + findings.sha256;
  for (int level = 1; level <= 4; ++level)
    findings.previews.push_back(
        {level, "sheet " + std::to_string(level) + " of " + findings.sha256});
  return findings;
}
}  // namespace

Result<media::Findings> FakeLab::examine(std::string_view bytes, bool previews) {
  media::Findings findings;
  findings.md5 = hex(crypto::md5(bytes));
  findings.sha1 = hex(crypto::sha1(bytes));
  findings.sha256 = hex(crypto::sha256(bytes));
  if (!bytes.starts_with("picture:")) {
    findings.trouble = "not a picture";
    return findings;
  }
  if (bytes.starts_with("picture:film:")) return film_findings(bytes.substr(13), findings);
  findings.kind = "jpeg";
  findings.width = 640;
  findings.height = 480;
  findings.full = media::PdqHash{pdq_of(bytes.substr(8)), 100};
  findings.nn512 = findings.full;
  if (bytes.ends_with("^")) {
    // The camera was held sideways: what a viewer shows is the picture without the sign.
    findings.orientation = 6;
    findings.full_shown = media::PdqHash{pdq_of(bytes.substr(8, bytes.size() - 9)), 100};
  }
  if (previews)
    for (int level = 1; level <= 4; ++level)
      findings.previews.push_back(
          {level, "preview " + std::to_string(level) + " of " + findings.sha256});
  return findings;
}

std::string known_line(const std::string& picture, const std::string& category, int graders) {
  FakeLab lab;
  const auto findings = lab.examine(picture_bytes(picture), false);
  matching::Known known;
  known.hashes = matching::hashes_of(*findings);
  known.source = "test list";
  known.ref = picture;
  known.scheme = "uk_abc";
  known.category = category;
  known.age = "7-10";
  known.graders = graders;
  return matching::hash_line(known);
}

Result<net::DnsAnswer> FakeResolver::look_up(std::string_view name, std::string_view type) {
  if (world_.we_are_down) return std::unexpected(down());
  net::DnsAnswer answer;
  answer.name = name;
  answer.type = type;
  const auto found = world_.names.find(std::string(name));
  answer.exists = found != world_.names.end();
  if (!answer.exists) return answer;
  if (const auto alias = world_.aliases.find(std::string(name)); alias != world_.aliases.end()) {
    answer.canonical_name = alias->second;
    if (type == "CNAME") answer.values.push_back(alias->second);
  }
  for (const std::string& ip : found->second)
    if ((type == "A" && ip.find(':') == ip.npos) || (type == "AAAA" && ip.find(':') != ip.npos))
      answer.values.push_back(ip);
  return answer;
}

Result<net::RdapNetwork> FakeRdap::network(std::string_view ip) {
  if (world_.we_are_down) return std::unexpected(down());
  const Network* network = world_.network_of(std::string(ip));
  if (!network) return fail(ErrorKind::not_found, "Nobody holds it.");
  net::RdapNetwork answer;
  answer.handle = network->handle;
  answer.name = network->handle;
  answer.country = network->country;
  answer.abuse_email = network->abuse;
  answer.parent_handle = network->parent;
  answer.raw = "{}";
  answer.source = "rdap.test";
  return answer;
}

Result<net::RdapNetwork> FakeRdap::by_handle(std::string_view handle) {
  if (world_.we_are_down) return std::unexpected(down());
  for (const Network& network : world_.networks)
    if (network.handle == handle) return FakeRdap::network(split(network.cidr, '/').front());
  return fail(ErrorKind::not_found, "Nobody holds it.");
}

Result<net::GeoAnswer> FakeGeo::look_up(std::string_view ip) {
  const Network* network = world_.network_of(std::string(ip));
  if (!network) return fail(ErrorKind::not_found, "The file does not hold it.");
  return net::GeoAnswer{network->country, 64500, network->handle, network->cidr};
}

Result<std::string> FakeMailer::send(const net::Mail& mail) {
  if (world_.mail_is_down || world_.we_are_down) return std::unexpected(down());
  if (world_.refused_mailboxes.contains(mail.to))
    return fail(ErrorKind::invalid, "550 no such mailbox");
  // What cannot be composed cannot be sent, here as there.
  TRY_DONE(net::compose(mail));
  world_.mails.push_back(mail);
  return "250 taken";
}

}  // namespace hotline::scenarios
