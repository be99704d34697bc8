#include "range/letter.h"

#include <gmime/gmime.h>

#include <memory>
#include <mutex>

#include "base/text.h"

namespace hotline::range {
namespace {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using Ref = std::unique_ptr<T, Unref>;

void start_gmime() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

std::string decoded(GMimePart* part) {
  auto* content = g_mime_part_get_content(part);
  if (!content) return {};
  const Ref<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, memory.get());
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

void collect(GMimeObject*, GMimeObject* part, gpointer into) {
  if (!GMIME_IS_PART(part)) return;
  auto* type = g_mime_object_get_content_type(part);
  if (!g_mime_content_type_is_type(type, "text", "*") &&
      !g_mime_content_type_is_type(type, "application", "json"))
    return;
  *static_cast<std::string*>(into) += decoded(GMIME_PART(part)) + "\n";
}

std::string find_link(const std::string& text) {
  for (std::size_t at = text.find("http"); at != std::string::npos;
       at = text.find("http", at + 4)) {
    auto link = text.substr(at, text.find_first_of(" \t\r\n<>\")", at) - at);
    if (link.find("://") != std::string::npos && link.find("/n/") != std::string::npos) return link;
  }
  return {};
}

}  // namespace

Result<Letter> read_letter(std::string_view bytes) {
  start_gmime();
  const Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Ref<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Ref<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!message) return fail(ErrorKind::invalid, "This is not a message.");
  Letter letter;
  if (const auto* subject = g_mime_message_get_subject(message.get())) letter.subject = subject;
  if (auto* from =
          internet_address_list_to_string(g_mime_message_get_from(message.get()), nullptr, FALSE)) {
    letter.from = from;
    g_free(from);
  }
  g_mime_message_foreach(message.get(), collect, &letter.text);
  letter.answer_link = find_link(letter.text);
  return letter;
}

bool names_host(const Letter& letter, std::string_view host) {
  const auto text = lower_ascii(letter.text);
  return text.find(host) != std::string::npos ||
         text.find(replace_all(std::string(host), ".", "[.]")) != std::string::npos;
}

}  // namespace hotline::range
