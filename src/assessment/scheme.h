// Grading schemes: what analysts decide under, as versioned data.
//
// A scheme is one JSON file of policy/schemes: its categories from most to least
// severe, age bands from youngest to oldest, sexes and flags. Changing a file
// means a new version; every decision names scheme and version. "Not determined"
// is always an answer and nothing is ever a default. A scheme holds labels, not
// descriptions. Mapping one scheme to another is not done here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::assessment {

struct Choice {
  std::string id;     ///< As stored and sent: "7-10", "girl", "not_determined".
  std::string label;  ///< As people see it.
};

struct Category {
  std::string id;  ///< "A", "B", "C", "not_actionable".
  std::string label;
  bool actionable = true;  ///< Whether a notice may follow.
};

/// Decisions about an item that every scheme has beside its categories.
inline constexpr std::string_view kUnsure = "unsure";         ///< A second analyst decides.
inline constexpr std::string_view kFurniture = "furniture";   ///< Icon, advert, decoration.
inline constexpr std::string_view kNotLoaded = "not_loaded";  ///< Nothing to be seen.
inline constexpr std::string_view kNotDetermined = "not_determined";
inline constexpr std::string_view kNotActionable = "not_actionable";  ///< Last category of each.

/// Which grades are INTERPOL's baseline beyond doubt. Everything else is "cannot say", never a no.
struct BaselineRule {
  std::vector<std::string> categories, ages;
  std::vector<std::string> never;  ///< Flags that exclude it: not a photograph of a real child.
};

struct Scheme {
  std::string id;
  int version = 1;
  std::string name;
  std::string about;                 ///< Which law or agreement it follows.
  std::vector<Category> categories;  ///< Most severe first; the last is not actionable.
  std::vector<Choice> ages;          ///< Youngest first; the last is not_determined.
  std::vector<Choice> sexes;         ///< The last is not_determined.
  std::vector<Choice> flags;
  BaselineRule baseline;  ///< Empty: this scheme maps nothing.

  /// Whether one item's whole grade is baseline beyond doubt. Category and age must be of the same
  /// item: the most severe and the youngest of a page prove nothing together.
  [[nodiscard]] bool is_baseline(std::string_view category_id, std::string_view age_id,
                                 const std::vector<std::string>& item_flags) const;
  /// "uk_abc_1", as decisions name it.
  [[nodiscard]] std::string reference() const;
  /// Null if there is none.
  [[nodiscard]] const Category* category(std::string_view category_id) const;
  [[nodiscard]] bool has_age(std::string_view age_id) const;
  [[nodiscard]] bool has_sex(std::string_view sex_id) const;
  [[nodiscard]] bool has_flag(std::string_view flag_id) const;
  /// 0 is the most severe; the number of categories for one that is not in the scheme.
  [[nodiscard]] std::size_t severity(std::string_view category_id) const;
  /// 0 is the youngest; not_determined and unknown ones come last.
  [[nodiscard]] std::size_t age_order(std::string_view age_id) const;
};

/// Error `invalid` says what breaks the rules of a scheme.
[[nodiscard]] Result<Scheme> parse_scheme(std::string_view json_text);
/// All *.json of a folder. Error `invalid` names the file; `not_found` if there is none.
[[nodiscard]] Result<std::vector<Scheme>> load_schemes(const std::string& folder);

/// The schemes of this installation, the active one among them.
class Schemes {
 public:
  /// Error `not_found` if no scheme has the id `active`.
  [[nodiscard]] static Result<Schemes> open(const std::string& folder, std::string_view active);
  [[nodiscard]] const Scheme& active() const { return all_[active_]; }
  [[nodiscard]] const std::vector<Scheme>& all() const { return all_; }
  /// By id ("uk_abc") or reference ("uk_abc_1"); error `not_found`.
  [[nodiscard]] Result<const Scheme*> find(std::string_view id_or_reference) const;

 private:
  std::vector<Scheme> all_;
  std::size_t active_ = 0;
};

}  // namespace hotline::assessment
