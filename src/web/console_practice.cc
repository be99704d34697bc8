// Practice: the grading keys on neutral pictures drawn here, with feedback.
//
// Twelve small landscapes; each is a lake, hills or a town, by day or by night. Nobody's
// work is measured: the score stands on the page and the last one is kept for oneself.
#include <algorithm>
#include <array>
#include <random>

#include "accounts/preferences.h"
#include "base/text.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;

constexpr int kRounds = 12;
constexpr int kWidth = 160, kHeight = 120;
constexpr std::array<std::string_view, 3> kKinds = {"lake", "hills", "town"};

struct Scene {
  std::size_t kind = 0;
  bool night = false;
  std::mt19937 random;
};

Scene scene_of(std::uint32_t round) {
  Scene scene;
  scene.random.seed(20300304U + round);
  scene.kind = scene.random() % kKinds.size();
  scene.night = scene.random() % 2 == 0;
  return scene;
}

void put(std::string& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xffU);
}

/// Grey levels from the top row to the lowest: sky, then what the scene is.
std::vector<unsigned char> draw(Scene scene) {
  std::vector<unsigned char> grey(static_cast<std::size_t>(kWidth) * kHeight);
  const int sky = scene.night ? 40 : 205, ground = scene.night ? 20 : 110;
  int height = kHeight / 2, slope = 1, left = 0;
  for (int x = 0; x < kWidth; ++x) {
    if (scene.kind == 1) {  // Hills rise and fall.
      if (x % 17 == 0) slope = static_cast<int>(scene.random() % 5) - 2;
      height = std::clamp(height + slope, 25, 95);
    } else if (scene.kind == 2 && --left <= 0) {  // Houses have flat roofs.
      left = 9 + static_cast<int>(scene.random() % 14);
      height = 30 + static_cast<int>(scene.random() % 60);
    } else if (scene.kind == 0) {  // A lake lies still.
      height = 60;
    }
    for (int y = 0; y < kHeight; ++y) {
      int value = y < height ? sky - y / 4 : ground - y / 6;
      if (scene.kind == 0 && y > 66 && y % 6 == 0) value += 50;
      if (scene.kind == 2 && y > height + 4 && x % 6 < 3 && y % 9 < 4) value += 90;
      grey[static_cast<std::size_t>(y) * kWidth + static_cast<std::size_t>(x)] =
          static_cast<unsigned char>(std::clamp(value, 0, 255));
    }
  }
  return grey;
}

/// A BMP of 8 bits: no library is linked here that could draw anything else.
std::string bitmap(const std::vector<unsigned char>& grey) {
  constexpr std::uint32_t kHead = 14 + 40 + 1024;
  std::string bytes = "BM";
  put(bytes, kHead + static_cast<std::uint32_t>(grey.size()), 4);
  put(bytes, 0, 4);
  put(bytes, kHead, 4);
  for (const auto& [value, size] : std::array<std::pair<std::uint32_t, int>, 11>{{{40, 4},
                                                                                  {kWidth, 4},
                                                                                  {kHeight, 4},
                                                                                  {1, 2},
                                                                                  {8, 2},
                                                                                  {0, 4},
                                                                                  {0, 4},
                                                                                  {0, 4},
                                                                                  {0, 4},
                                                                                  {256, 4},
                                                                                  {0, 4}}})
    put(bytes, value, size);
  for (std::uint32_t level = 0; level < 256; ++level) put(bytes, level * 0x010101U, 4);
  for (int y = kHeight - 1; y >= 0; --y)
    bytes.append(reinterpret_cast<const char*>(grey.data()) + static_cast<std::size_t>(y) * kWidth,
                 kWidth);
  return bytes;
}

Response picture(const ConsoleParts&, const Request& request, const Staff&) {
  const auto round = parse_integer(request.path_values.at("round"));
  if (!round || *round < 1 || *round > kRounds)
    return http::problem({ErrorKind::not_found, "There is no such picture."});
  Response response;
  response.header("Content-Type", "image/bmp");
  response.body = bitmap(draw(scene_of(static_cast<std::uint32_t>(*round))));
  return response;
}

struct Round {
  std::int64_t number = 1, right = 0;
  std::string feedback;
};

Response page_of(const ConsoleParts& parts, const Staff& staff, const Round& round,
                 const std::string& best) {
  return staff_page(
      parts.staff, staff, {.title = "Practice", .here = "", .file = "console/practice.html"},
      [&](Page& page) {
        page.set("ROUND", std::to_string(std::min<std::int64_t>(round.number, kRounds)))
            .set("ROUNDS", std::to_string(kRounds))
            .set("RIGHT", std::to_string(round.right))
            .set("FEEDBACK", round.feedback)
            .set("BEST", best)
            .show("HAS_BEST", !best.empty())
            .show("HAS_FEEDBACK", !round.feedback.empty())
            .show("GOES_ON", round.number <= kRounds)
            .show("DONE", round.number > kRounds);
        for (std::size_t i = 0; i < kKinds.size(); ++i)
          page.add("KIND").set("VALUE", std::string(kKinds.at(i)));
      });
}

std::string last_score(const ConsoleParts& parts, const Staff& staff) {
  const auto own = parts.staff.database.read(
      [&](db::Transaction& tx) { return accounts::preferences(tx, staff.person.id); });
  return own ? accounts::text_of(*own, "practice") : "";
}

Response begin(const ConsoleParts& parts, const Request&, const Staff& staff) {
  return page_of(parts, staff, {}, last_score(parts, staff));
}

Response answer(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  Round round;
  round.number =
      std::clamp<std::int64_t>(parse_integer(request.form.get("round")).value_or(1), 1, kRounds);
  round.right = std::clamp<std::int64_t>(parse_integer(request.form.get("right")).value_or(0), 0,
                                         round.number - 1);
  const Scene scene = scene_of(static_cast<std::uint32_t>(round.number));
  const std::string_view time = scene.night ? "night" : "day";
  const bool kind = request.form.get("kind") == kKinds.at(scene.kind);
  const bool light = request.form.get("time") == time;
  const std::string is = std::string(kKinds.at(scene.kind)) + ", " + std::string(time);
  if (kind && light) {
    ++round.right;
    round.feedback = "Right: " + is + ".";
  } else {
    round.feedback = std::string(kind    ? "The time differs"
                                 : light ? "The kind differs"
                                         : "Both differ") +
                     ": it is " + is + ".";
  }
  ++round.number;
  if (round.number > kRounds) {
    const std::string score = std::to_string(round.right) + " of " + std::to_string(kRounds);
    const auto kept = parts.staff.database.transact([&](db::Transaction& tx) {
      return accounts::set_preference(tx, staff.person.id, "practice", score);
    });
    if (!kept) return staff_refuse(parts.staff, staff, request, kept.error());
  }
  return page_of(parts, staff, round, last_score(parts, staff));
}

}  // namespace

void practice_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, accounts::Action::grade,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  on("GET", "/practice", begin);
  on("POST", "/practice", answer);
  on("GET", "/practice/{round}", picture);
}

}  // namespace hotline::web
