#include "range/answer.h"

#include <curl/curl.h>
#include <gumbo.h>

#include <memory>

#include "base/text.h"

namespace hotline::range {
namespace {

std::string attribute(const GumboNode* node, const char* name) {
  const auto* found = gumbo_get_attribute(&node->v.element.attributes, name);
  return found ? found->value : "";
}

bool has(const GumboNode* node, const char* name) {
  return gumbo_get_attribute(&node->v.element.attributes, name) != nullptr;
}

struct Filling {
  Form form;
  std::string_view word;
  bool chosen = false;
};

void fill_input(const GumboNode* node, Filling& filling) {
  const auto type = lower_ascii(attribute(node, "type"));
  const auto field = attribute(node, "name"), value = attribute(node, "value");
  const bool choice = type == "radio" || type == "submit";
  if (field.empty() || type == "reset" || type == "image" || type == "button") return;
  if (choice && value != filling.word) return;
  if (type == "checkbox" && !has(node, "checked")) return;
  if (choice) filling.chosen = true;
  filling.form.fields.emplace_back(field, value);
}

void fill(const GumboNode* node, Filling& filling, const std::string& select) {
  if (node->type != GUMBO_NODE_ELEMENT) return;
  auto within = select;
  switch (node->v.element.tag) {
    case GUMBO_TAG_INPUT: fill_input(node, filling); break;
    case GUMBO_TAG_BUTTON:
      if (!attribute(node, "name").empty() && attribute(node, "value") == filling.word) {
        filling.form.fields.emplace_back(attribute(node, "name"), std::string(filling.word));
        filling.chosen = true;
      }
      break;
    case GUMBO_TAG_SELECT: within = attribute(node, "name"); break;
    case GUMBO_TAG_OPTION:
      if (!select.empty() && attribute(node, "value") == filling.word) {
        filling.form.fields.emplace_back(select, std::string(filling.word));
        filling.chosen = true;
      }
      break;
    case GUMBO_TAG_TEXTAREA:
      if (!attribute(node, "name").empty())
        filling.form.fields.emplace_back(attribute(node, "name"), "");
      break;
    default: break;
  }
  const auto& children = node->v.element.children;
  for (unsigned i = 0; i < children.length; ++i)
    fill(static_cast<const GumboNode*>(children.data[i]), filling, within);
}

std::optional<Form> search(const GumboNode* node, std::string_view word) {
  if (node->type != GUMBO_NODE_ELEMENT) return std::nullopt;
  if (node->v.element.tag == GUMBO_TAG_FORM) {
    Filling filling{.form = {attribute(node, "action"), {}}, .word = word};
    fill(node, filling, "");
    if (filling.chosen) return filling.form;
    return std::nullopt;
  }
  const auto& children = node->v.element.children;
  for (unsigned i = 0; i < children.length; ++i)
    if (auto found = search(static_cast<const GumboNode*>(children.data[i]), word)) return found;
  return std::nullopt;
}

std::size_t keep(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + count > 1024 * 1024) return 0;
  text.append(bytes, count);
  return count;
}

struct EndCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

Result<std::string> ask(CURL* handle, const std::string& url, const std::string* body) {
  std::string page;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &page);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, 5L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_COOKIEFILE, "");
  if (body) curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, body->c_str());
  if (curl_easy_perform(handle) != CURLE_OK)
    return fail(ErrorKind::unavailable, "The answer page did not answer.");
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 500) return fail(ErrorKind::unavailable, "The answer page has trouble.");
  if (status >= 400) return fail(ErrorKind::invalid, "The answer page refused.");
  return page;
}

std::string encoded(CURL* handle, const std::string& text) {
  char* made = curl_easy_escape(handle, text.data(), static_cast<int>(text.size()));
  std::string result = made ? made : "";
  curl_free(made);
  return result;
}

std::string resolved(const std::string& link, const std::string& action) {
  if (action.empty()) return link;
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  curl_url_set(url.get(), CURLUPART_URL, link.c_str(), 0);
  curl_url_set(url.get(), CURLUPART_URL, action.c_str(), 0);
  char* whole = nullptr;
  curl_url_get(url.get(), CURLUPART_URL, &whole, 0);
  std::string made = whole ? whole : link;
  curl_free(whole);
  return made;
}

}  // namespace

std::optional<Form> find_form(std::string_view page, std::string_view word) {
  auto* tree = gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
  auto found = search(tree->root, word);
  gumbo_destroy_output(&kGumboDefaultOptions, tree);
  return found;
}

Done answer(const std::string& link, std::string_view word) {
  const std::unique_ptr<CURL, EndCurl> handle(curl_easy_init());
  if (!handle) return fail(ErrorKind::unavailable, "curl did not start.");
  TRY(page, ask(handle.get(), link, nullptr));
  const auto form = find_form(page, word);
  if (!form)
    return fail(ErrorKind::invalid, "The answer page offers no " + std::string(word) + ".");
  std::string body;
  for (const auto& [field, value] : form->fields) {
    if (!body.empty()) body += '&';
    body += encoded(handle.get(), field) + "=" + encoded(handle.get(), value);
  }
  TRY_DONE(ask(handle.get(), resolved(link, form->action), &body));
  return {};
}

}  // namespace hotline::range
