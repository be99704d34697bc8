// hotline-media: reads files that strangers made, behind every wall that the kernel has.
//
// Started by open_jailed_lab() (media/lab.h), never by a person. It walls itself
// in, says so on fd 1, and then answers one request after the other: each file is
// decoded in a cell of its own (item.h). It links neither database nor network.
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "apps/hotline-media/item.h"
#include "base/log.h"
#include "media/codecs/decode.h"
#include "media/codecs/draw.h"
#include "media/codecs/encode.h"
#include "media/pdq.h"
#include "sandbox/cell.h"
#include "sandbox/window.h"

namespace {
using namespace hotline;
using sandbox::Message;

constexpr int kWindow = 3;  ///< Where open_jailed_lab() shows most files.
constexpr sandbox::FrameLimits kRequest{1024, 64u << 20, 1, 66u << 20};
constexpr sandbox::CellLimits kLook{.answer = {8192, 960 * 960 * 3, 1, 3u << 20}};
constexpr sandbox::CellLimits kDraw{.answer = {4096, 2u << 20, 4, 4u << 20}};

Message walls_as_message(const sandbox::Walls& walls) {
  json::array namespaces;
  for (const auto& name : walls.namespaces) namespaces.emplace_back(name);
  return {{{"ready", true}, {"landlock", walls.landlock_abi}, {"namespaces", namespaces}}, {}};
}

/// The file that a request means: in the window, or in the request itself. Empty if there is none.
std::string_view file_of(const Message& request, std::string_view window) {
  if (!request.blobs.empty()) return request.blobs[0];
  const auto shown = integer_at(request.header, "shown").value_or(0);
  return window.substr(0, static_cast<std::size_t>(std::max<std::int64_t>(shown, 0)));
}

Result<Message> examine(const Message& request, std::string_view window) {
  const std::string_view file = file_of(request, window);
  const auto* wanted = request.header.if_contains("previews");
  const bool previews = wanted != nullptr && wanted->is_bool() && wanted->get_bool();
  TRY(looked, sandbox::run_in_cell([&] { return media::look(file, previews); }, kLook));
  if (!looked.answer) return Message{{{"trouble", "broken"}}, {}};
  Message answer{looked.answer->header, {}};
  answer.header.erase("raster");
  if (looked.answer->blobs.empty()) return answer;
  TRY(drawn, sandbox::run_in_cell([&] { return media::draw(*looked.answer); }, kDraw));
  if (drawn.answer) {
    answer.header["levels"] = drawn.answer->header["levels"];
    answer.blobs = std::move(drawn.answer->blobs);
  }
  return answer;
}

Done serve(const sandbox::Walls& walls, std::string_view window) {
  TRY_DONE(sandbox::write_message(1, walls_as_message(walls), sandbox::kNoDeadline));
  for (;;) {
    TRY(request, sandbox::read_message(0, kRequest, sandbox::kNoDeadline));
    if (!request) return {};
    TRY(answer, examine(*request, window));
    // The next cell starts from our memory: nothing of this file may lie in it.
    for (auto& blob : request->blobs) explicit_bzero(blob.data(), blob.size());
    TRY_DONE(sandbox::write_message(1, answer, sandbox::kNoDeadline));
  }
}
/// What libraries look up once, while they still may: each cell then starts from the answers.
void warm_up() {
  // The C library's qsort asks for the machine's memory at its first large array; libtiff sorts.
  std::array<int, 1024> numbers{};
  qsort(numbers.data(), numbers.size(), sizeof(int), [](const void* a, const void* b) {
    return *static_cast<const int*>(a) - *static_cast<const int*>(b);
  });
  media::warm_up_heif();
  // Asking a processor what it can do is slow in a virtual machine, and each library asks once.
  const media::Picture picture = media::make_picture(600, 520);
  for (const auto& bytes : {media::encode_jpeg(picture, 80), media::encode_grey_jpeg(picture, 80),
                            media::encode_png(picture), media::encode_webp(picture, 80)}) {
    if (bytes) [[maybe_unused]]
      const auto looked = media::look(*bytes, true);
  }
}
}  // namespace

int main(int count, char** arguments) {
  using namespace std::string_view_literals;
  log::set_program("hotline-media");
  if (count > 1) {
    const bool asked = arguments[1] == "--help"sv;
    constexpr auto kHelp =
        "hotline-media is started by the other programs and talks in frames on a "
        "pipe.\nTo hash a file: hotline media hash FILE\n"sv;
    [[maybe_unused]] const auto told = write(asked ? 1 : 2, kHelp.data(), kHelp.size());
    return asked ? 0 : 2;
  }
  // Large buffers always get pages of their own, which go back to the kernel when they are freed
  // instead of lying in the heap that the next cell inherits.
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  prctl(PR_SET_DUMPABLE, 0);
  warm_up();
  const std::string_view window = sandbox::look_through(kWindow);
  const auto walls = sandbox::wall_in();
  if (!walls) {
    log::trouble("no_walls", walls.error());
    return 1;
  }
  if (const Done served = serve(*walls, window); !served) {
    log::trouble("media_ended", served.error());
    return 1;
  }
  return 0;
}
