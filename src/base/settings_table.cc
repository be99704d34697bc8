// Every setting of the hotline, sorted by key. Meanings are printed by
// `hotline config explain` and become the manual.
#include "base/settings.h"

namespace hotline {

namespace {
using enum SettingType;

constexpr SettingSpec kSettings[] = {
    {"assessment.second_opinion_categories", list, "", "Categories whose decision waits for a second analyst; empty means none."},
    {"capture.browser", text, "/usr/bin/chromium", "The headless browser that hotline-fetch starts in its own network namespace; empty means plain HTTP only."},
    {"capture.deadline", duration, "30s", "One capture, with all its redirects and media, ends after this time."},
    {"capture.media_count_max", integer, "400", "At most so many pictures and videos of one page are fetched."},
    {"capture.media_size_max", integer, "20971520", "One picture or video may have at most so many bytes."},
    {"capture.page_size_max", integer, "8388608", "One page may have at most so many bytes after decoding."},
    {"capture.retries", integer, "3", "So often a failed capture is tried again before a person is asked."},
    {"capture.retry_after", duration, "5m", "A failed capture is tried again after this time, doubled each time."},
    {"console.exposure_minutes_max", integer, "240", "An analyst sees pictures for at most so many minutes a day (INHOPE: four hours)."},
    {"console.host", text, "127.0.0.1", "The address that the console listens on; never one that the public can reach."},
    {"console.port", integer, "8081", "The port of the console."},
    {"console.session_idle_max", duration, "30m", "A staff session without a request ends after this time."},
    {"console.session_max", duration, "12h", "A staff session ends after this time in any case."},
    {"database.url", text, "", "postgresql://… to use PostgreSQL; empty means SQLite in hotline.dir."},
    {"feeds.host", text, "127.0.0.1", "The address that lists, look-ups and answer links are served on."},
    {"feeds.port", integer, "8082", "The port of lists, look-ups and answer links."},
    {"feeds.public_url", text, "http://127.0.0.1:8082", "How strangers reach hotline-feeds; stands in every notice's answer link."},
    {"feeds.rate_max", integer, "600", "One API key may make at most so many requests a minute; more are answered 429."},
    {"hotline.country", text, "GB", "The home country (ISO 3166-1): here the police gate applies."},
    {"hotline.dir", text, "/var/lib/hotline", "The folder of this installation: database, evidence, drop, keys."},
    {"hotline.mail_from", text, "notices@hotline.example", "The sender of notices; answers and bounces go there."},
    {"hotline.name", text, "Hotline", "The name of the organisation, as pages and notices show it."},
    {"hotline.web", text, "https://hotline.example", "The public web address of the organisation, for notices and mails."},
    {"lists.appeal", text, "", "Where to appeal against an entry of the URL list; empty means the page /appeal of hotline.web."},
    {"lists.categories", list, "", "Categories of the grading scheme that go on the URL list; empty means all that are actionable."},
    {"lists.expires_after", duration, "30d", "An entry of the URL list that nobody has confirmed for so long leaves it."},
    {"lists.front_pages", flag, "true", "Whether the front page of a host may be an entry, as an exact address; never the whole host."},
    {"lists.home_hosted", flag, "false", "Whether addresses hosted at home go on the URL list too; at home the notice is faster."},
    {"lists.manifest_valid", duration, "24h", "Members refuse a signed manifest older than this: nobody can serve them an old list."},
    {"lists.poll", duration, "5m", "How long members are asked to wait between two looks at the change feed."},
    {"liveness.after_removal", list, "1d,3d,7d,14d,30d", "After a removal the address is looked at again after these times."},
    {"liveness.canaries", list, "", "Addresses that always answer: if none of them does, we are down, and nothing is called gone."},
    {"liveness.confirm_after", duration, "5m", "A first `gone` is looked at again after this time before it counts."},
    {"liveness.every", duration, "1h", "An address with an open notice is looked at this often."},
    {"liveness.unavailable_after", duration, "24h", "A host that never answered for this long, while our canaries did, counts as unavailable."},
    {"liveness.unavailable_looks", integer, "6", "And at least so many looks in a row must have found no answer."},
    {"net.geo_database", text, "", "An MMDB file with country and autonomous system of every network."},
    {"net.ports", list, "80-90,443,444,591,2052,2053,2082,2083,2086,2087,2095,2096,3000,3001,4000,4443,5000,5001,5443,7000,7001,7080,7443,8000-8100,8180,8181,8200,8280,8383,8443-8445,8484,8585,8686,8787,8800-8900,8999,9000,9001,9080,9081,9090,9091,9443,9999,10000,10443", "The ports that a reported address may be fetched from; a range has a dash."},
    {"net.rdap_bootstrap", text, "", "The RDAP server's base address; empty means the IANA bootstrap files."},
    {"net.resolver", text, "", "DNS server as ADDRESS or ADDRESS@PORT; empty means the machine's own resolvers."},
    {"net.smtp_host", text, "127.0.0.1", "The mail server that takes our notices and mails."},
    {"net.smtp_port", integer, "25", "Its port."},
    {"net.test_networks", list, "", "Networks that may be fetched though the IANA registry says they are not global; only for the range and tests."},
    {"portal.answer_days", integer, "1", "Reporters are told that a person checks their report within so many working days."},
    {"portal.contact_note", text, "", "Phone numbers and hours shown on every public page."},
    {"portal.disk_reserve", integer, "67108864", "With less than so many bytes free the portal asks to try again instead of taking a report."},
    {"portal.emergency", text, "999", "The emergency number of the portal's country, shown first."},
    {"portal.exit_url", text, "https://example.org/", "Where `Leave this site` on the public pages goes: a page that tells nothing."},
    {"portal.host", text, "127.0.0.1", "The address that the public portal listens on."},
    {"portal.languages", list, "en,ar,fr,es,de", "The languages of the public pages; the first is the default."},
    {"portal.port", integer, "8080", "The port of the public portal."},
    {"portal.public_url", text, "http://127.0.0.1:8080", "How the public reaches the portal; stands in mails to reporters."},
    {"scheme.active", text, "uk_abc", "The grading scheme that analysts decide under; a file in policy/schemes."},
    {"share.dir", text, "", "Where web/, policy/ and schema/ lie; empty means beside the program."},
    {"takedown.contact_hourly_max", integer, "60", "At most so many letters an hour go to one mailbox; the rest wait."},
    {"takedown.deadline", duration, "24h", "A host that has not removed the item after this time is reminded."},
    {"takedown.escalate_after", duration, "48h", "After the reminder the network above the host is told after this time."},
    {"takedown.link_valid", duration, "60d", "A host can answer on the page of a notice for this long after each letter."},
    {"takedown.list_contact_confirmed", flag, "true", "Whether a contact found by tracing may be written to before a person has confirmed it."},
    {"takedown.need_time", duration, "12h", "The extra time that a host gets once, when it asks for it."},
    {"takedown.police_gate", flag, "true", "Whether notices to hosts in the home country wait for the police."},
    {"takedown.undo_window", duration, "120s", "A notice waits this long before it leaves, and can be cancelled."},
    {"worker.name", text, "worker", "The name that this worker holds its jobs under; every worker of one database has its own."},
    {"worker.poll", duration, "200ms", "How often the worker looks at the drop, the facts and the jobs."},
    {"worker.threads", integer, "4", "So many jobs run at the same time."},
};
}  // namespace

std::span<const SettingSpec> all_settings() { return kSettings; }

}  // namespace hotline
