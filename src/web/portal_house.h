// The house: every portal of one installation behind one listener.
//
// Which portal answers follows from the Host header, or from a path that begins
// with /p/<id>/; everything else is the main portal. Each portal is a whole
// router of its own with its own drop, status folder, keys, texts and settings,
// so that nothing of one can be reached from another. Published and withdrawn
// ones are taken up by refresh(), while requests are answered.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/settings.h"
#include "http/http.h"
#include "web/i18n.h"
#include "web/i18n_check.h"
#include "web/pages.h"

namespace hotline::web {

/// Made once by main; everything in it outlives the house.
struct HouseParts {
  const Settings& settings;
  const Pages& pages;
  const Messages& messages;
  const Clock& clock;
  crypto::Key key;         ///< keys/portal.key; each portal's own key is made from it.
  std::string style;       ///< The text of portal.css.
  std::string web_folder;  ///< For the digests of the translations.
};

class PortalHouse {
 public:
  /// With the main portal and all published ones. Error as portal_router() for the main portal.
  [[nodiscard]] static Result<std::unique_ptr<PortalHouse>> open(HouseParts parts);
  ~PortalHouse();
  /// Looks whether anything was published; what cannot be opened is logged and left out.
  Done refresh();
  [[nodiscard]] http::Response answer(const http::Request& request) const;
  /// One router that asks answer() for everything; the house must outlive it.
  [[nodiscard]] http::Router router() const;
  [[nodiscard]] std::vector<std::string> ids() const;

 private:
  struct Impl;
  explicit PortalHouse(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A page whose own addresses ("/en/report") begin with `prefix` ("/p/exampleland"). What a
/// reporter typed cannot be moved: it is escaped, and so has no quote before a slash.
[[nodiscard]] http::Response mounted(http::Response response, std::string_view prefix);

}  // namespace hotline::web
