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

namespace {

constexpr std::size_t kIdsMax = 50;
constexpr std::size_t kDiagnosticBytesMax = 300;
constexpr std::size_t kSubjectBytesMax = 500;

/// "<a@b> <c@d>" as "a@b", "c@d".
void add_ids(std::string_view value, std::vector<std::string>& ids) {
  while (ids.size() < kIdsMax) {
    const auto open = value.find('<');
    const auto close = open == value.npos ? value.npos : value.find('>', open);
    if (close == value.npos) return;
    const auto id = trim(value.substr(open + 1, close - open - 1));
    if (!id.empty() && id.size() <= 300) ids.emplace_back(id);
    value.remove_prefix(close + 1);
  }
}

/// One field of a block of "Name: value" lines, folded lines joined; empty if it is not there.
std::string field_of(std::string_view block, std::string_view name) {
  std::string found;
  bool in_field = false;
  for (auto line : split(block, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (in_field && (line.starts_with(' ') || line.starts_with('\t'))) {
      found += " " + std::string(trim(line));
      continue;
    }
    if (in_field) break;
    const auto colon = line.find(':');
    if (colon == line.npos || lower_ascii(trim(line.substr(0, colon))) != name) continue;
    found = trim(line.substr(colon + 1));
    in_field = true;
  }
  return clip_utf8(clean_utf8(found), kDiagnosticBytesMax);
}

/// "rfc822; a@b" as "a@b".
std::string after_type(const std::string& value) {
  const auto semicolon = value.find(';');
  return std::string(trim(semicolon == std::string::npos ? value : value.substr(semicolon + 1)));
}

std::string bytes_of(GMimePart* part) {
  GMimeDataWrapper* content = ::g_mime_part_get_content(part);
  if (content == nullptr) return "";
  const Owned<GMimeStream> stream(::g_mime_stream_mem_new());
  ::g_mime_data_wrapper_write_to_stream(content, stream.get());
  const GByteArray* bytes = ::g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), std::min<std::size_t>(bytes->len, 64 * 1024)};
}

/// The blocks of message/delivery-status: the first speaks of the mail, each further one of one
/// recipient. We write to one, so the worst of them counts.
void read_report(const std::string& blocks, ReceivedReply& reply) {
  const auto rank = [](std::string_view action) {
    return action == "failed" ? 3 : action == "delayed" ? 2 : 1;
  };
  const std::string plain = replace_all(blocks, "\r\n", "\n");
  std::string_view left = plain;
  while (!left.empty()) {
    const auto end = left.find("\n\n");
    const std::string_view block = left.substr(0, end);
    left = end == left.npos ? std::string_view() : left.substr(end + 2);
    DeliveryReport report;
    report.action = lower_ascii(field_of(block, "action"));
    if (report.action.empty()) continue;
    const auto status = field_of(block, "status");
    report.status = status.substr(0, status.find(' '));
    report.recipient = lower_ascii(after_type(field_of(block, "final-recipient")));
    report.diagnostic = after_type(field_of(block, "diagnostic-code"));
    if (!reply.report || rank(report.action) > rank(reply.report->action))
      reply.report = std::move(report);
  }
}

/// Beside the text: the report of a mail server and the name of the mail that it returns.
void walk_reply(GMimeObject* part, int depth, int& parts, ReceivedReply& reply) {
  if (part == nullptr || depth > kDepthMax || ++parts > kPartsMax) return;
  if (GMIME_IS_MULTIPART(part)) {
    auto* multipart = GMIME_MULTIPART(part);
    for (int i = 0; i < ::g_mime_multipart_get_count(multipart); ++i)
      walk_reply(::g_mime_multipart_get_part(multipart, i), depth + 1, parts, reply);
    return;
  }
  GMimeContentType* type = ::g_mime_object_get_content_type(part);
  if (GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* inner = ::g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    const char* id = inner ? ::g_mime_message_get_message_id(inner) : nullptr;
    if (id && *id && reply.answers_to.size() < kIdsMax)
      reply.answers_to.push_back(clip_utf8(clean_utf8(id), 300));
    return;
  }
  if (!GMIME_IS_PART(part)) return;
  if (::g_mime_content_type_is_type(type, "message", "delivery-status"))
    read_report(bytes_of(GMIME_PART(part)), reply);
  else if (::g_mime_content_type_is_type(type, "text", "rfc822-headers") ||
           ::g_mime_content_type_is_type(type, "message", "rfc822-headers"))
    add_ids(field_of(bytes_of(GMIME_PART(part)), "message-id"), reply.answers_to);
}

}  // namespace

Result<ReceivedReply> read_reply(std::string_view bytes) {
  start_gmime();
  bytes = bytes.substr(0, kMailBytesMax);
  const Owned<GMimeStream> stream(::g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(::g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> message(::g_mime_parser_construct_message(parser.get(), nullptr));
  if (!message) return fail(ErrorKind::invalid, "This is no mail.");
  ReceivedReply reply;
  reply.from = sender_of(message.get()).value_or("");
  const char* subject = ::g_mime_message_get_subject(message.get());
  reply.subject = clip_utf8(replace_all(text_or_empty(subject), "\n", " "), kSubjectBytesMax);
  add_ids(header_of(message.get(), "In-Reply-To"), reply.answers_to);
  add_ids(header_of(message.get(), "References"), reply.answers_to);
  ReceivedMail plain;
  int parts = 0;
  walk(::g_mime_message_get_mime_part(message.get()), 0, parts, plain);
  parts = 0;
  walk_reply(::g_mime_message_get_mime_part(message.get()), 0, parts, reply);
  reply.text = std::move(plain.text);
  reply.attachments = plain.attachments;
  reply.automatic = is_automatic(message.get()) || reply.report.has_value() ||
                    !header_of(message.get(), "X-Autoreply").empty() ||
                    reply.from.starts_with("mailer-daemon@");
  const char* id = ::g_mime_message_get_message_id(message.get());
  reply.key =
      id && *id
          ? clip_utf8(clean_utf8(id), 500)
          : hex(crypto::sha256(header_of(message.get(), "Date") + reply.subject + reply.text));
  return reply;
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
