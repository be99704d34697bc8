#include "net/page_parts.h"

#include <gumbo.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "base/text.h"
#include "net/capture_wire.h"

namespace hotline::net {

namespace {

using std::string_view;

// Gumbo looks through the open elements for each tag and frees its tree by recursion: time and
// stack grow with the depth. No honest page is that deep.
constexpr long kDepthMax = 8000;
constexpr std::size_t kAttributesMax = 2000;
constexpr std::size_t kTitleMax = 300;

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_void_tag(string_view tag) {
  constexpr std::array<string_view, 15> kVoid = {"area", "base",  "br",     "col",   "embed",
                                                 "hr",   "img",   "input",  "link",  "meta",
                                                 "p",    "param", "source", "track", "wbr"};
  return std::find(kVoid.begin(), kVoid.end(), tag) != kVoid.end();
}

// Where a tag that begins at `i` ends, or where it has more attributes than any honest one: Gumbo
// compares each with all before it.
struct TagEnd {
  std::size_t at;
  bool too_wide;
};
TagEnd end_of_tag(string_view html, std::size_t i) {
  std::size_t words = 0;
  char last = 0;
  for (; i < html.size(); ++i) {
    const char c = html[i];
    if (c == '>') return {i, false};
    if ((c == '"' || c == '\'') && last == '=') {
      i = html.find(c, i + 1);
      if (i == string_view::npos) break;
      last = c;
      continue;
    }
    const bool blank = c == ' ' || c == '/' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
    const bool word = !blank && (last == 0 || last == ' ' || last == '"' || last == '\'');
    if (word && ++words > kAttributesMax) return {i, true};
    // Blanks around "=" do not end an attribute.
    if (!blank || last != '=') last = blank ? ' ' : c;
  }
  return {html.size(), false};
}

std::size_t end_of_raw_text(string_view html, string_view tag, std::size_t from) {
  for (auto i = html.find("</", from); i != string_view::npos; i = html.find("</", i + 2))
    if (lower_ascii(html.substr(i + 2, tag.size())) == tag) return i;
  return html.size();
}

// The part of the page before it gets too deep or a tag too wide, counted roughly: tags opened less
// tags closed.
string_view shallow(string_view html) {
  long depth = 0;
  for (std::size_t i = html.find('<'); i < html.size(); i = html.find('<', i)) {
    const auto start = i++;
    if (html.compare(start, 4, "<!--") == 0) {
      i = html.find("-->", start);
    } else if (i < html.size() && html[i] == '/') {
      depth = std::max(depth - 1, 0L);
    } else if (i < html.size() && letter(html[i])) {
      const auto end = html.find_first_of(" \t\r\n/>", i);
      const auto tag = lower_ascii(html.substr(i, std::min(end, i + 11) - i));
      if (!is_void_tag(tag) && ++depth > kDepthMax) return html.substr(0, start);
      const auto close = end_of_tag(html, i);
      if (close.too_wide) return html.substr(0, start);
      i = close.at;
      if (tag == "script" || tag == "style" || tag == "textarea" || tag == "title")
        i = end_of_raw_text(html, tag, i);
    }
  }
  return html;
}

std::string converted(string_view bytes, const std::string& charset) {
  const auto handle = ::iconv_open("UTF-8", charset.c_str());
  if (handle == reinterpret_cast<iconv_t>(-1)) return clean_utf8(bytes);
  const std::unique_ptr<void, int (*)(iconv_t)> owned(handle, ::iconv_close);
  std::string out;
  std::array<char, 16384> buffer;
  char* from = const_cast<char*>(bytes.data());
  std::size_t left = bytes.size();
  while (left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const auto rc = ::iconv(handle, &from, &left, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
    if (rc != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
    // A broken byte becomes a question mark, and reading goes on after it.
    out += '?';
    ++from;
    --left;
  }
  return clean_utf8(out);
}

// <meta charset=…> and <meta http-equiv content="…; charset=…"> in the first kilobytes.
std::string charset_in(string_view html) {
  const std::string head = lower_ascii(html.substr(0, 4096));
  const auto at = head.find("charset=");
  if (at == std::string::npos) return {};
  return charset_of(string_view(head).substr(at));
}

std::string as_utf8(string_view html, string_view charset) {
  if (html.starts_with("\xEF\xBB\xBF")) return clean_utf8(html.substr(3));
  std::string from(charset);
  if (from.empty()) from = charset_in(html);
  if (from.empty() || from == "utf-8" || from == "utf8") return clean_utf8(html);
  return converted(html, from);
}

string_view attribute(const GumboElement& element, const char* name) {
  const auto* found = ::gumbo_get_attribute(&element.attributes, name);
  return found != nullptr ? trim(found->value) : string_view{};
}

// The candidate with the largest width or density: all are the same picture.
string_view best_of_srcset(string_view srcset) {
  string_view best;
  double best_size = -1;
  while (!srcset.empty()) {
    while (!srcset.empty() && string_view(" \t\r\n,").find(srcset.front()) != string_view::npos)
      srcset.remove_prefix(1);
    auto end = std::min(srcset.find_first_of(" \t\r\n"), srcset.size());
    auto address = srcset.substr(0, end);
    srcset.remove_prefix(end);
    double size = 1;
    if (address.ends_with(',')) {
      while (address.ends_with(',')) address.remove_suffix(1);
    } else {
      const auto comma = std::min(srcset.find(','), srcset.size());
      const std::string number(trim(srcset.substr(0, comma)).substr(0, 12));
      if (!number.empty()) size = std::strtod(number.c_str(), nullptr);
      srcset.remove_prefix(comma);
    }
    if (!address.empty() && size > best_size) {
      best = address;
      best_size = size;
    }
  }
  return best;
}

bool has_media_extension(const url::Url& url) {
  constexpr std::array<string_view, 22> kExtensions = {
      ".jpg",  ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".avif", ".bmp",  ".tif", ".tiff",
      ".heic", ".mp4",  ".m4v", ".webm", ".mov", ".avi", ".mkv",  ".mpg",  ".mpeg", ".flv", ".wmv"};
  const auto path = lower_ascii(url.path);
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](string_view extension) { return path.ends_with(extension); });
}

class PageReader {
 public:
  PageReader(const url::Url& address, std::size_t media_max)
      : base_(address), media_max_(media_max) {}

  PageParts read(const GumboNode* root) {
    // A <base> applies to the whole page, also to what stands before it.
    walk(root, [this](const GumboNode& node, bool entering) { find_base(node, entering); });
    walk(root, [this](const GumboNode& node, bool entering) { look_at(node, entering); });
    parts_.title = clip_utf8(one_line(parts_.title), kTitleMax);
    parts_.text = clip_utf8(trim(parts_.text), kCaptureTextMax);
    return std::move(parts_);
  }

 private:
  static const GumboVector* children_of(const GumboNode& node) {
    if (node.type == GUMBO_NODE_DOCUMENT) return &node.v.document.children;
    if (node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE)
      return &node.v.element.children;
    return nullptr;
  }

  // Without recursion: the page decides how deep it is.
  template <class Visit>
  static void walk(const GumboNode* root, const Visit& visit) {
    struct Place {
      const GumboNode* node;
      unsigned next = 0;
    };
    std::vector<Place> path = {{root}};
    visit(*root, true);
    while (!path.empty()) {
      auto& place = path.back();
      const auto* children = children_of(*place.node);
      if (children != nullptr && place.next < children->length) {
        const auto* child = static_cast<const GumboNode*>(children->data[place.next++]);
        visit(*child, true);
        path.push_back({child});
      } else {
        visit(*place.node, false);
        path.pop_back();
      }
    }
  }

  void find_base(const GumboNode& node, bool entering) {
    if (!entering || has_base_ || node.type != GUMBO_NODE_ELEMENT ||
        node.v.element.tag != GUMBO_TAG_BASE)
      return;
    const auto href = attribute(node.v.element, "href");
    if (href.empty()) return;
    has_base_ = true;
    if (const auto base = url::resolve_relative(base_, href)) base_ = *base;
  }

  void look_at(const GumboNode& node, bool entering) {
    switch (node.type) {
      case GUMBO_NODE_ELEMENT:
      case GUMBO_NODE_TEMPLATE: look_at_element(node.v.element, entering); break;
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE:
        if (entering) add_text(node.v.text.text);
        break;
      default: break;
    }
  }

  void look_at_element(const GumboElement& element, bool entering) {
    switch (element.tag) {
      case GUMBO_TAG_SCRIPT:
      case GUMBO_TAG_STYLE:
      case GUMBO_TAG_TEMPLATE:
      case GUMBO_TAG_NOSCRIPT:
      case GUMBO_TAG_IFRAME:
      case GUMBO_TAG_TEXTAREA: hidden_ += entering ? 1 : -1; break;
      case GUMBO_TAG_TITLE: in_title_ = entering && parts_.title.empty(); break;
      // Words of these run on; all others end a line.
      case GUMBO_TAG_A:
      case GUMBO_TAG_B:
      case GUMBO_TAG_I:
      case GUMBO_TAG_EM:
      case GUMBO_TAG_STRONG:
      case GUMBO_TAG_SPAN:
      case GUMBO_TAG_FONT:
      case GUMBO_TAG_IMG:
      case GUMBO_TAG_SMALL:
      case GUMBO_TAG_LABEL: break;
      default: end_line();
    }
    if (entering) collect(element);
  }

  void collect(const GumboElement& element) {
    switch (element.tag) {
      case GUMBO_TAG_IMG:
      case GUMBO_TAG_SOURCE:
      case GUMBO_TAG_VIDEO:
      case GUMBO_TAG_EMBED:
        add_media(best_of_srcset(attribute(element, "srcset")));
        add_media(best_of_srcset(attribute(element, "data-srcset")));
        // Galleries load late: the picture is named beside a placeholder.
        for (const char* name : {"src", "data-src", "data-original", "data-lazy-src", "poster"})
          add_media(attribute(element, name));
        break;
      case GUMBO_TAG_INPUT:
        if (lower_ascii(attribute(element, "type")) == "image")
          add_media(attribute(element, "src"));
        break;
      case GUMBO_TAG_IMAGE: add_media(attribute(element, "href")); break;
      case GUMBO_TAG_OBJECT: add_link(attribute(element, "data")); break;
      case GUMBO_TAG_A: add_link(attribute(element, "href")); break;
      case GUMBO_TAG_META: read_meta(element); break;
      case GUMBO_TAG_BODY: add_media(attribute(element, "background")); break;
      default: break;
    }
    const auto style = attribute(element, "style");
    if (style.find('(') != string_view::npos) add_style(style);
  }

  void add_style(string_view style) {
    const auto lowered = lower_ascii(style);
    for (auto at = lowered.find("url("); at != std::string::npos;
         at = lowered.find("url(", at + 4)) {
      const auto end = style.find(')', at);
      if (end == string_view::npos) return;
      auto address = trim(style.substr(at + 4, end - at - 4));
      if (address.size() >= 2 && (address.front() == '"' || address.front() == '\'')) {
        address.remove_prefix(1);
        address.remove_suffix(1);
      }
      add_media(address);
    }
  }

  void read_meta(const GumboElement& element) {
    const auto content = attribute(element, "content");
    const auto property = lower_ascii(attribute(element, "property"));
    if (property == "og:image" || property == "og:video") add_media(content);
    if (parts_.refresh || lower_ascii(attribute(element, "http-equiv")) != "refresh") return;
    const auto lowered = lower_ascii(content);
    const auto at = lowered.find("url=");
    if (at == std::string::npos || std::strtod(lowered.substr(0, 12).c_str(), nullptr) > 10) return;
    auto address = trim(content.substr(at + 4));
    if (!address.empty() && (address.front() == '"' || address.front() == '\''))
      address = address.substr(1, address.find(address.front(), 1) - 1);
    if (const auto url = url::resolve_relative(base_, address)) parts_.refresh = *url;
  }

  void add_link(string_view reference) {
    const auto url = url::resolve_relative(base_, reference);
    if (!reference.empty() && url && has_media_extension(*url)) add_media(reference);
  }

  void add_media(string_view reference) {
    if (reference.empty() || parts_.media.size() >= media_max_) return;
    const auto url = url::resolve_relative(base_, reference);
    if (!url) return;
    auto canonical = url->canonical();
    if (seen_.insert(canonical).second) parts_.media.push_back(std::move(canonical));
  }

  void add_text(string_view text) {
    if (in_title_) parts_.title += text;
    if (hidden_ > 0 || in_title_ || parts_.text.size() > kCaptureTextMax) return;
    for (const char c : text) {
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') {
        parts_.text += c;
      } else if (!parts_.text.empty() && parts_.text.back() != ' ' && parts_.text.back() != '\n') {
        parts_.text += ' ';
      }
    }
  }

  void end_line() {
    if (parts_.text.empty() || parts_.text.back() == '\n') return;
    if (parts_.text.back() == ' ')
      parts_.text.back() = '\n';
    else
      parts_.text += '\n';
  }

  static std::string one_line(string_view text) {
    const auto blanks = replace_all(std::string(text), "\n", " ");
    std::string line;
    for (const auto word : split(blanks, ' ')) {
      const auto bare = trim(word);
      if (bare.empty()) continue;
      if (!line.empty()) line += ' ';
      line += bare;
    }
    return line;
  }

  url::Url base_;
  std::size_t media_max_;
  PageParts parts_;
  std::set<std::string> seen_;
  int hidden_ = 0;
  bool in_title_ = false;
  bool has_base_ = false;
};

string_view type_of(string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

}  // namespace

PageParts read_page(const url::Url& address, string_view html, string_view charset,
                    std::size_t media_max) {
  const std::string utf8 = as_utf8(html, charset);
  const auto readable = shallow(utf8);
  GumboOptions options = kGumboDefaultOptions;
  options.max_errors = 0;
  GumboOutput* output = ::gumbo_parse_with_options(&options, readable.data(), readable.size());
  PageParts parts = PageReader(address, media_max).read(output->document);
  ::gumbo_destroy_output(&options, output);
  return parts;
}

bool is_media(string_view content_type, string_view bytes) {
  const auto type = lower_ascii(type_of(content_type));
  if (type.starts_with("image/") || type.starts_with("video/")) return true;
  if (type.starts_with("text/html") || type.starts_with("application/xhtml")) return false;
  for (const string_view start :
       {"\xFF\xD8\xFF", "\x89PNG\r\n", "GIF8", "BM", "II*", "MM\0*", "\x1A\x45\xDF\xA3", "FLV\x01"})
    if (bytes.starts_with(start)) return true;
  if (bytes.size() < 12) return false;
  return (bytes.starts_with("RIFF") &&
          (bytes.substr(8, 4) == "WEBP" || bytes.substr(8, 4) == "AVI ")) ||
         bytes.substr(4, 4) == "ftyp";
}

bool is_page(string_view content_type, string_view bytes) {
  const auto type = lower_ascii(type_of(content_type));
  if (!type.empty()) return type == "text/html" || type == "application/xhtml+xml";
  const auto start = lower_ascii(trim(bytes.substr(0, 512)));
  return start.starts_with("<!doctype") || start.find("<html") != std::string::npos;
}

std::string charset_of(string_view content_type) {
  const auto lowered = lower_ascii(content_type);
  const auto at = lowered.find("charset=");
  if (at == std::string::npos) return {};
  std::string name;
  for (const char c : lowered.substr(at + 8)) {
    if (name.empty() && (c == '"' || c == '\'')) continue;
    const bool plain = letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':';
    if (!plain || name.size() > 40) break;
    name += c;
  }
  return name;
}

}  // namespace hotline::net
