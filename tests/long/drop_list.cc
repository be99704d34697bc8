// links: intake base
// Shows what waits in a drop, for the long tests of the portal: one line of JSON a submission.
#include <cstdio>
#include <filesystem>
#include <string>

#include "intake/drop.h"
#include "intake/parcel.h"

namespace {

constexpr const char* kHelp =
    "Examples:\n"
    "  drop_list keys DIR/keys            makes the drop's keys, if there are none\n"
    "  drop_list parcel DIR/status CODE   writes a parcel that this receipt opens\n"
    "  drop_list list DIR/keys DIR/drop   prints every submission as JSON: id, then what it says\n";

}  // namespace

int main(int argc, char** argv) {
  using namespace hotline;
  const std::string what = argc > 1 ? argv[1] : "--help";
  if (argc < 3 || (what == "list" && argc < 4)) {
    std::fputs(kHelp, what == "--help" ? stdout : stderr);
    return what == "--help" ? 0 : 2;
  }
  if (what == "parcel") {
    const auto receipt = intake::Receipt::parse(argc > 3 ? argv[3] : "");
    intake::Parcel parcel;
    parcel.reports = {{{intake::Stage::received, SystemClock().now()}}};
    return receipt && intake::write_parcel(argv[2], receipt->parcel(), receipt->keys().public_key,
                                           parcel)
               ? 0
               : 1;
  }
  const auto keys = intake::drop_keys(argv[2]);
  if (!keys) return 1;
  if (what == "keys") return 0;
  const auto reader = intake::DropReader::open(argv[3], *keys);
  const auto waiting = reader ? reader->waiting(100'000'000) : std::vector<std::string>();
  if (!reader || !waiting) return 1;
  int broken = 0;
  for (const auto& name : *waiting) {
    const auto batch = reader->read(name);
    if (!batch) {
      ++broken;
      continue;
    }
    for (const auto& one : *batch) {
      if (!one.submission) ++broken;
      std::printf("%s %s\n", one.id.c_str(),
                  one.submission ? intake::to_json(*one.submission).c_str() : "broken");
    }
  }
  return broken == 0 ? 0 : 1;
}
