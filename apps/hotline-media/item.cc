#include "apps/hotline-media/item.h"

#include "media/codecs/animation.h"
#include "media/codecs/decode.h"
#include "media/codecs/luma_look.h"
#include "media/pdq.h"
#include "media/preview.h"

namespace hotline::media {

namespace {
constexpr int kSideMax = kPreviewLevels.back().side_max;

json::object as_json(const Pdq& pdq) {
  return {{"hash", text(pdq.bits)}, {"quality", pdq.quality}};
}

json::array as_json(const Dihedral& turns) {
  json::array all;
  for (const auto& bits : all_of(turns)) all.emplace_back(text(bits));
  return all;
}

void add_raster(const Picture& raster, sandbox::Message& found) {
  found.header["raster"] = json::object{{"width", raster.width}, {"height", raster.height}};
  found.blobs.emplace_back(raster.samples.begin(), raster.samples.end());
}

sandbox::Message as_message(const LumaLook& look) {
  sandbox::Message found;
  found.header = {
      {"kind", "jpeg"}, {"trouble", look.trouble}, {"width", look.width}, {"height", look.height}};
  if (!look.trouble.empty()) return found;
  found.header["full"] = as_json(Pdq{look.hashes.turns.original, look.hashes.turns.quality});
  found.header["nn512"] = as_json(look.hashes.nn512);
  found.header["turns"] = as_json(look.hashes.turns);
  found.header["orientation"] = look.orientation;
  if (look.hashes.full_shown) found.header["full_shown"] = as_json(*look.hashes.full_shown);
  if (!look.raster.empty()) add_raster(look.raster, found);
  return found;
}
}  // namespace

sandbox::Message look(std::string_view bytes, bool previews) {
  if (const auto luma = look_at_luma(bytes, {}, previews ? kSideMax : 0)) return as_message(*luma);
  sandbox::Message found;
  Decoded decoded = decode(bytes);
  found.header = {{"kind", decoded.kind},
                  {"trouble", decoded.trouble},
                  {"width", decoded.picture.width},
                  {"height", decoded.picture.height}};
  if (!decoded.trouble.empty()) return found;
  const Dihedral turns = pdq_dihedral(decoded.picture);
  // 64 x 64 is hashed without the filter, but turned with it.
  const bool unfiltered = decoded.picture.width == 64 && decoded.picture.height == 64;
  const Pdq full = unfiltered ? pdq_full(decoded.picture) : Pdq{turns.original, turns.quality};
  const bool small = decoded.picture.width <= 512 && decoded.picture.height <= 512;
  found.header["full"] = as_json(full);
  found.header["nn512"] = as_json(small ? full : pdq_nn512(decoded.picture));
  found.header["turns"] = as_json(turns);
  found.header["orientation"] = decoded.orientation;
  const Animation animation = sample_frames(bytes, {});
  if (animation.frames.size() > 1) {
    found.header["frames"] = vpdq_lines(animation.frames);
    found.header["seconds"] = animation.seconds;
    found.header["whole"] = animation.whole;
  }
  if (decoded.orientation > 1) {
    decoded.picture = upright(std::move(decoded.picture), decoded.orientation);
    found.header["full_shown"] = as_json(pdq_full(decoded.picture));
  }
  if (previews)
    add_raster(animation.frames.size() > 1 ? animation.sheet : shrunk(decoded.picture, kSideMax),
               found);
  return found;
}

}  // namespace hotline::media
