#include "range/behaviours.h"

#include "base/crypto.h"
#include "url/url.h"

namespace hotline::range {

namespace {

using Medium = net::FetchedMedia;

constexpr double kNever = 1e9;
const char* const kBakery =
    "Welcome to our bakery with fresh bread every morning from six and cakes to order by "
    "telephone.";
const char* const kLogin =
    "Members only. Please sign in with your name and your password, or register for an account.";

std::string bytes_of(const Asked& asked) {
  const auto address = url::parse(asked.request.url);
  return "picture:of " + (address ? address->host : "");
}

std::string origin_of(const Asked& asked) {
  const auto address = url::parse(asked.request.url);
  return address ? address->origin() : "";
}

bool wants_page(const Asked& asked) {
  return asked.request.url.ends_with("/p");
}
bool wants_picture(const Asked& asked) {
  return asked.request.url.ends_with("/1.jpg");
}

std::string album(const Asked& asked, const std::string& more = "") {
  return "An album of hills and lakes and boats in the evening light over two summers, kept at " +
         origin_of(asked) + " by a walker who likes long evenings and clear mornings. " + more;
}

net::Capture answer(int status, std::string text, std::vector<Medium> media = {}) {
  net::Capture capture;
  capture.verdict = net::FetchVerdict::answered;
  capture.status = status;
  capture.content_type = "text/html";
  capture.page = "<p>" + text;
  capture.title = text.substr(0, 20);
  capture.text = std::move(text);
  capture.media = std::move(media);
  return capture;
}

net::Capture failed(net::FetchVerdict verdict) {
  net::Capture capture;
  capture.verdict = verdict;
  return capture;
}
net::Capture silence() {
  return failed(net::FetchVerdict::no_answer);
}

net::Capture picture(std::string bytes) {
  net::Capture capture = answer(200, "");
  capture.content_type = "image/jpeg";
  capture.page = std::move(bytes);
  return capture;
}

net::Capture not_found() {
  return answer(404, "Not found.");
}

Medium medium(const Asked& asked, int status = 200, const std::string& other = "") {
  return {origin_of(asked) + "/1.jpg", "192.0.2.7", status, "image/jpeg",
          status == 200 ? (other.empty() ? bytes_of(asked) : other) : ""};
}
Medium logo(const Asked& asked) {
  return {origin_of(asked) + "/logo.png", "192.0.2.7", 200, "image/png", "picture:logo of a site"};
}

/// The page with its picture, and the picture by itself; anything else there is not found.
net::Capture whole(const Asked& asked) {
  if (wants_picture(asked)) return picture(bytes_of(asked));
  if (!wants_page(asked)) return not_found();
  return answer(200, album(asked), {medium(asked), logo(asked)});
}

Behaviour until(double hour, std::function<net::Capture(const Asked&)> then) {
  return [hour, then = std::move(then)](const Asked& asked) {
    return asked.hour < hour ? whole(asked) : then(asked);
  };
}
Behaviour from_then(double hour, net::Capture capture) {
  return until(hour, [capture](const Asked&) { return capture; });
}
std::function<bool(double)> before(double hour) {
  return [hour](double now) { return now < hour; };
}
bool always(double) {
  return true;
}

// Long because it is a table: one habit after the other.
void add_removals(std::vector<HostHabit>& all) {
  all.push_back({"gone404", from_then(5, not_found()), before(5)});
  all.push_back({"gone410", from_then(30, answer(410, "Gone.")), before(30)});
  all.push_back({"noname", from_then(50, failed(net::FetchVerdict::no_name)), before(50)});
  all.push_back(
      {"softgone", from_then(3, answer(200, "This content has been removed.")), before(3)});
  all.push_back({"softforeign",
                 from_then(9, answer(200, "Teks ini tidak ada apa-apa lagi di sini.")), before(9)});
  all.push_back({"homepage", from_then(40, answer(200, kBakery)), before(40)});
  all.push_back({"softlogo",
                 until(7,
                       [](const Asked& a) {
                         if (!wants_page(a)) return not_found();
                         return answer(200, "This album was deleted by its owner.", {logo(a)});
                       }),
                 before(7)});
  all.push_back({"pageonly",
                 until(6,
                       [](const Asked& a) {
                         return a.hour < 120 && wants_picture(a) ? picture(bytes_of(a))
                                                                 : not_found();
                       }),
                 before(120)});
  all.push_back({"mediaonly",
                 until(6,
                       [](const Asked& a) {
                         if (!wants_page(a)) return not_found();
                         return answer(200, album(a), {medium(a, 404), logo(a)});
                       }),
                 before(6), 6.8});
  all.push_back({"counter",
                 [](const Asked& a) {
                   if (a.hour >= 90) return not_found();
                   if (!wants_page(a)) return whole(a);
                   return answer(200, album(a, "Visitor " + std::to_string(a.look)), {medium(a)});
                 },
                 before(90)});
  all.push_back({"script",
                 [](const Asked& a) {
                   if (!wants_page(a)) return a.hour < 70 ? whole(a) : not_found();
                   if (!a.request.browser)
                     return answer(200, "Loading, please wait a moment here.");
                   return a.hour < 70 ? whole(a) : answer(200, "This page does not exist.");
                 },
                 before(70)});
  all.push_back({"onepage",
                 [](const Asked& a) {
                   return a.hour >= 33       ? not_found()
                          : wants_picture(a) ? picture(bytes_of(a))
                                             : answer(200, album(a), {medium(a)});
                 },
                 before(33)});
  all.push_back({"latechallenge",
                 until(2,
                       [](const Asked& a) {
                         return a.hour < 100 ? answer(503,
                                                      "Just a moment... Checking your "
                                                      "browser before you go on.")
                                             : not_found();
                       }),
                 before(100), 6.8});
  all.push_back({"slowremoval", from_then(400, not_found()), before(400)});
  all.push_back({"baddates",
                 [](const Asked& a) {
                   if (a.hour >= 220) return answer(410, "");
                   if (a.hour < 2) return whole(a);
                   return wants_page(a) ? answer(404, album(a), {medium(a)}) : whole(a);
                 },
                 before(220)});
  all.push_back({"toolarge",
                 [](const Asked& a) {
                   auto capture = a.hour < 60 ? whole(a) : not_found();
                   if (a.hour < 60) capture.verdict = net::FetchVerdict::too_large;
                   return capture;
                 },
                 before(60)});
}

void add_never_gone(std::vector<HostHabit>& all) {
  const auto add = [&](std::string name, Behaviour behaviour) {
    all.push_back({std::move(name), std::move(behaviour), always});
  };
  add("stays", whole);
  add("othertext", until(4, [](const Asked& a) {
        return wants_page(a) ? answer(200, kBakery, {medium(a)}) : whole(a);
      }));
  add("forum", until(10, [](const Asked& a) {
        if (wants_picture(a)) return a.hour < 40 ? answer(503, "") : picture(bytes_of(a));
        if (!wants_page(a)) return not_found();
        return answer(200, "Board seven. A comment was deleted. Somebody else writes about boats.",
                      {medium(a, a.hour < 40 ? 503 : 200)});
      }));
  add("halfserver", [](const Asked& a) { return a.look % 2 == 0 ? whole(a) : not_found(); });
  add("thirdserver", [](const Asked& a) { return a.look % 3 == 0 ? whole(a) : not_found(); });
  add("night503", [](const Asked& a) {
    return static_cast<int>(a.hour) % 24 >= 14 ? answer(503, "Busy.") : whole(a);
  });
  add("nightsilent",
      [](const Asked& a) { return static_cast<int>(a.hour) % 24 >= 16 ? silence() : whole(a); });
  add("cloaked403",
      until(2, [](const Asked& a) { return a.from_second ? whole(a) : answer(403, "Forbidden"); }));
  add("cloaked404",
      until(2, [](const Asked& a) { return a.from_second ? whole(a) : not_found(); }));
  add("cloakedsoft", until(3, [](const Asked& a) {
        return a.from_second ? whole(a) : answer(200, "This content has been removed.");
      }));
  add("cloakedname", until(3, [](const Asked& a) {
        return a.from_second ? whole(a) : failed(net::FetchVerdict::no_name);
      }));
  add("shield503",
      from_then(2, answer(503,
                          "Checking your browser before accessing the page. DDoS protection by "
                          "a shield. This may take a moment.")));
  add("shield200",
      from_then(2, answer(200, "Please verify you are human. Page not found for robots.")));
  add("ratelimit",
      [](const Asked& a) { return a.look % 4 == 3 ? answer(429, "Too many requests") : whole(a); });
  add("legal451", until(12, [](const Asked& a) {
        return a.from_second ? whole(a) : answer(451, "Unavailable for legal reasons");
      }));
  add("slowhalf", [](const Asked& a) { return a.look % 2 == 1 ? silence() : whole(a); });
  add("ispblocks", until(20, [](const Asked& a) {
        return a.from_second ? whole(a) : answer(200, "Page not found. Your provider.");
      }));
  add("longoutage", [](const Asked& a) {
    return a.hour > 50 && a.hour < 62 ? answer(502, "Bad gateway") : whole(a);
  });
}

void add_returns(std::vector<HostHabit>& all) {
  const auto between = [](double from, double to) {
    return [=](double hour) { return hour < from || hour >= to; };
  };
  const auto gone_between = [](double from, double to, net::Capture instead) {
    return [=](const Asked& a) { return a.hour >= from && a.hour < to ? instead : whole(a); };
  };
  all.push_back({"backday2", gone_between(5, 40, not_found()), between(5, 40), 1.8, 49});
  all.push_back({"backday2soft", gone_between(5, 60, answer(200, "This page has been removed.")),
                 between(5, 60), 1.8, 49});
  all.push_back(
      {"backday20", gone_between(6, 480, answer(410, "")), between(6, 480), 1.8, 24 * 17});
  all.push_back(
      {"down3days", gone_between(20, 92, answer(503, "Maintenance")), between(20, 92), 27, 13});
  all.push_back({"silentweek", gone_between(30, 200, silence()), between(30, 200), 27, 13});
  all.push_back({"forevermute", from_then(20, silence()), before(20), 27});
}

void add_persons(std::vector<HostHabit>& all) {
  const auto add = [&](std::string name, Behaviour behaviour, double end) {
    all.push_back({std::move(name), std::move(behaviour), before(end), 1.8, 25, true});
  };
  // Every other address of the host is shown as well, so that the page cannot be told by it.
  const auto page_becomes = [](double hour, std::function<net::Capture(const Asked&)> then) {
    return until(hour, [then](const Asked& a) { return wants_page(a) ? then(a) : not_found(); });
  };
  add("placeholder",
      until(8,
            [](const Asked& a) {
              if (wants_picture(a)) return picture("picture:placeholder");
              if (!wants_page(a)) return not_found();
              return answer(200, album(a), {medium(a, 200, "picture:placeholder")});
            }),
      8);
  add("reencoded",
      until(12,
            [](const Asked& a) {
              if (wants_picture(a)) return picture("picture:again");
              if (!wants_page(a)) return not_found();
              return answer(200, album(a), {medium(a, 200, "picture:again")});
            }),
      kNever);
  add("parked", page_becomes(10, [](const Asked&) { return answer(200, kBakery); }), 10);
  add("login", page_becomes(4, [](const Asked&) { return answer(200, kLogin); }), kNever);
  add("empty", page_becomes(8, [](const Asked&) { return answer(200, ""); }), 8);
  add("loop", page_becomes(15, [](const Asked&) { return answer(302, ""); }), 15);
}

}  // namespace

std::vector<HostHabit> host_habits() {
  std::vector<HostHabit> all;
  add_removals(all);
  add_never_gone(all);
  add_returns(all);
  add_persons(all);
  return all;
}

std::string habit_address(const HostHabit& habit) {
  return "http://" + habit.name + ".example/p";
}

}  // namespace hotline::range
