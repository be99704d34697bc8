#include "net/mail_reader.h"

#include <gmime/gmime.h>

#include <memory>
#include <mutex>

#include "base/crypto.h"
#include "base/text.h"
#include "net/rdap.h"

namespace hotline::net {

namespace {

constexpr std::size_t kTextBytesMax = 64 * 1024;
constexpr int kPartsMax = 100;
constexpr int kDepthMax = 10;

struct Unref {
  void operator()(void* object) const {
    if (object != nullptr) ::g_object_unref(object);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

void start_gmime() {
  static std::once_flag once;
  std::call_once(once, [] { ::g_mime_init(); });
}

std::string text_or_empty(const char* text) {
  return text ? clean_utf8(text) : "";
}

/// Comments in brackets mean nothing, wherever they stand (RFC 5322).
std::string without_comments(std::string_view value) {
  std::string kept;
  int depth = 0;
  bool quoted = false;
  for (const char c : value) {
    if (c == '"' && depth == 0) quoted = !quoted;
    if (!quoted && c == '(') ++depth;
    if (depth == 0) kept += c == '\t' || c == '\r' || c == '\n' ? ' ' : c;
    if (!quoted && c == ')' && depth > 0) --depth;
  }
  return kept;
}

/// What stands in the parts, without decoding what is no plain text.
void walk(GMimeObject* part, int depth, int& parts, ReceivedMail& mail) {
  if (part == nullptr || depth > kDepthMax || ++parts > kPartsMax) return;
  if (GMIME_IS_MULTIPART(part)) {
    auto* multipart = GMIME_MULTIPART(part);
    for (int i = 0; i < ::g_mime_multipart_get_count(multipart); ++i)
      walk(::g_mime_multipart_get_part(multipart, i), depth + 1, parts, mail);
    return;
  }
  const char* disposition = ::g_mime_object_get_disposition(part);
  const bool attached = disposition && lower_ascii(disposition) == "attachment";
  if (!GMIME_IS_TEXT_PART(part) || attached) {
    ++mail.attachments;
    return;
  }
  if (!::g_mime_content_type_is_type(::g_mime_object_get_content_type(part), "text", "plain"))
    return;  // The HTML twin of the text: no attachment, and not read.
  char* text = ::g_mime_text_part_get_text(GMIME_TEXT_PART(part));
  if (text && mail.text.size() < kTextBytesMax)
    mail.text +=
        clip_utf8(replace_all(clean_utf8(text), "\r\n", "\n"), kTextBytesMax - mail.text.size()) +
        "\n";
  ::g_free(text);
}

std::string header_of(GMimeMessage* message, const char* name) {
  return text_or_empty(::g_mime_object_get_header(GMIME_OBJECT(message), name));
}

/// Exactly one mailbox, in exactly one From line.
Result<std::string> sender_of(GMimeMessage* message) {
  const auto refuse = [] { return fail(ErrorKind::invalid, "The mail has not one sender."); };
  auto* headers = ::g_mime_object_get_header_list(GMIME_OBJECT(message));
  int from_lines = 0;
  for (int i = 0; i < ::g_mime_header_list_get_count(headers); ++i)
    if (lower_ascii(::g_mime_header_get_name(::g_mime_header_list_get_header_at(headers, i))) ==
        "from")
      ++from_lines;
  InternetAddressList* list = ::g_mime_message_get_from(message);
  if (from_lines != 1 || !list || ::internet_address_list_length(list) != 1) return refuse();
  InternetAddress* one = ::internet_address_list_get_address(list, 0);
  if (!INTERNET_ADDRESS_IS_MAILBOX(one)) return refuse();
  const char* address = ::internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one));
  const auto lower = lower_ascii(text_or_empty(address));
  if (!strict_email(lower)) return refuse();
  return lower;
}

bool is_automatic(GMimeMessage* message) {
  const auto submitted = lower_ascii(trim(header_of(message, "Auto-Submitted")));
  const auto precedence = lower_ascii(trim(header_of(message, "Precedence")));
  return (!submitted.empty() && submitted != "no") || precedence == "bulk" ||
         precedence == "junk" || precedence == "list" || !header_of(message, "List-Id").empty() ||
         trim(header_of(message, "Return-Path")) == "<>";
}

}  // namespace

std::vector<std::string> dkim_passes(std::string_view value, std::string_view our_server) {
  std::vector<std::string> domains;
  const auto plain = without_comments(value);
  const auto results = split(plain, ';');
  const auto server = trim(results[0]);
  if (our_server.empty() ||
      lower_ascii(server.substr(0, server.find(' '))) != lower_ascii(our_server))
    return domains;
  for (std::size_t i = 1; i < results.size(); ++i) {
    const auto words = split(trim(results[i]), ' ');
    if (words[0] != "dkim=pass") continue;
    for (const auto word : words) {
      constexpr std::string_view kDomain = "header.d=";
      if (!word.starts_with(kDomain)) continue;
      const auto domain = lower_ascii(word.substr(kDomain.size()));
      if (!domain.empty() &&
          domain.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos)
        domains.push_back(domain);
    }
  }
  return domains;
}

Result<ReceivedMail> read_mail(std::string_view bytes, std::string_view our_server) {
  start_gmime();
  bytes = bytes.substr(0, kMailBytesMax);
  const Owned<GMimeStream> stream(::g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(::g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> message(::g_mime_parser_construct_message(parser.get(), nullptr));
  if (!message) return fail(ErrorKind::invalid, "This is no mail.");
  ReceivedMail mail;
  TRY(from, sender_of(message.get()));
  mail.from = std::move(from);
  // The topmost one: a mail server adds its headers above those that it was given.
  mail.dkim_domains = dkim_passes(header_of(message.get(), "Authentication-Results"), our_server);
  mail.automatic = is_automatic(message.get());
  int parts = 0;
  walk(::g_mime_message_get_mime_part(message.get()), 0, parts, mail);
  const char* id = ::g_mime_message_get_message_id(message.get());
  mail.key = id && *id ? clip_utf8(clean_utf8(id), 500)
                       : hex(crypto::sha256(header_of(message.get(), "Date") + mail.text));
  return mail;
}

}  // namespace hotline::net
