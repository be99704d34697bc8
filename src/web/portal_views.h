// The portal's pages, filled: one function a page, no decisions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "http/sized.h"
#include "intake/parcel.h"
#include "web/portal.h"
#include "web/portal_journey.h"

namespace hotline::web {

/// One visitor's language and mistakes.
struct Visit {
  std::string language;
  std::vector<Mistake> mistakes;
  bool gzip = false;  ///< What the browser takes.
};

class PortalViews {
 public:
  explicit PortalViews(const PortalParts& parts);

  [[nodiscard]] http::Response start(const Visit& visit) const;
  [[nodiscard]] http::Response question(const Visit& visit, const Journey& journey, Ask ask) const;
  [[nodiscard]] http::Response quick(const Visit& visit, const Journey& journey) const;
  /// `code` is empty where no answer is wanted.
  /// `sooner`: the sealed journey with which a report from a crowded network comes forward; empty
  /// where nothing stands before it.
  [[nodiscard]] http::Response thanks(const Visit& visit, std::string_view code, bool mailed,
                                      std::string_view sooner) const;
  /// The disk did not take it: `kept` is posted again to `target` ("/report") by the page's button.
  [[nodiscard]] http::Response trouble(const Visit& visit, std::string_view target,
                                       const http::Fields& kept) const;
  [[nodiscard]] http::Response status_form(const Visit& visit, std::string_view typed) const;
  [[nodiscard]] http::Response status(const Visit& visit, std::string_view code,
                                      const intake::Parcel& parcel) const;
  /// "answers", "work" or "worried": pages that ask nothing.
  [[nodiscard]] http::Response reading(const Visit& visit, std::string_view name) const;
  /// A title and one sentence, both message keys; 404, 500 and other ends.
  [[nodiscard]] http::Response notice(const Visit& visit, std::string_view title,
                                      std::string_view text, int status) const;

 private:
  [[nodiscard]] std::string tr(const Visit& visit, std::string_view key) const;
  [[nodiscard]] std::string call(const Visit& visit) const;
  /// The frame with `title`; `path` ("/quick") is offered in the other languages, unless empty.
  [[nodiscard]] Page framed(const Visit& visit, std::string_view title,
                            std::string_view path) const;
  [[nodiscard]] http::Response rendered(const Visit& visit, const Page& page,
                                        int status = 200) const;
  /// A page that is the same for everybody but for `values`, which stand in it where `make` puts
  /// kMarks: made once for each name and language. Values need no escaping: codes and sealed
  /// states.
  [[nodiscard]] http::Response same_for_all(const Visit& visit, const std::string& name,
                                            const std::function<http::Response()>& make,
                                            const std::vector<std::string>& values = {}) const;
  Page& body(Page& page, const Visit& visit, const std::string& file) const;
  void mark_mistake(Page& body, const Visit& visit, std::string_view section,
                    std::string_view field_prefix) const;
  void fill_choice(Page& body, const Visit& visit, const Journey& journey, Ask ask) const;
  void fill_text(Page& body, const Visit& visit, const Journey& journey, Ask ask) const;
  void fill_help(Page& body, const Visit& visit, const Journey& journey) const;
  void fill_check(Page& body, const Visit& visit, const Journey& journey) const;
  void add_options(Page& body, const Visit& visit, Ask ask, std::string_view chosen) const;
  [[nodiscard]] std::string chosen_text(const Visit& visit, Ask ask, std::string_view value) const;

  void fill_access(Page& body, const Visit& visit, const Journey& journey) const;
  void add_access_lines(Page& row, const Visit& visit, const Journey& journey) const;
  void fill_elsewhere(Page& body, const Visit& visit, const Journey& journey) const;
  /// "Name of a service https://…": the last word is a link if it is an address.
  void add_service(Page& body, const std::string& section, std::string_view setting) const;

  const PortalParts& parts_;
  std::string style_;   ///< Without comments and blanks that a browser does not need.
  std::string policy_;  ///< The Content-Security-Policy that allows this style and nothing else.
  mutable std::mutex lock_;
  mutable std::map<std::string, std::shared_ptr<const http::SizedForm>>
      made_;  ///< Under `lock_`, see same_for_all().
};

}  // namespace hotline::web
