// The message as text (RFC 5322, MIME), by GMime. The same Mail always gives the same bytes: a
// second try after a lost answer must be recognisable as the same message.
#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/crypto.h"
#include "base/text.h"
#include "net/mailer.h"
#include "net/rdap.h"

namespace hotline::net {

namespace {

constexpr std::size_t kHeaderBytesMax = 998;
constexpr std::size_t kAttachmentsMax = 20;

struct Unref {
  void operator()(void* object) const {
    if (object != nullptr) ::g_object_unref(object);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

std::unexpected<Error> bad(const char* what) {
  return fail(ErrorKind::invalid, std::string("The mail cannot be sent: ") + what + ".");
}

// A header value is one line for every reader: no C0 or C1 control, no Unicode line or paragraph
// separator, no invisible change of direction, and valid UTF-8 throughout.
bool one_plain_line(std::string_view text) {
  if (text.size() > kHeaderBytesMax || clean_utf8(text) != text) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const auto third = i + 2 < text.size() ? static_cast<unsigned char>(text[i + 2]) : 0;
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) return false;
    if (byte == 0xe2 && next == 0x80 && third >= 0xa8 && third <= 0xae) return false;
    if (byte == 0xe2 && next == 0x81 && third >= 0xa6 && third <= 0xa9) return false;
  }
  return true;
}

// "left@right", both of dots and safe marks: what a Message-ID needs and nothing else.
bool message_id_valid(std::string_view id) {
  const auto at = id.find('@');
  if (id.size() > 200 || at == std::string_view::npos || at == 0 || at + 1 == id.size() ||
      id.find('@', at + 1) != std::string_view::npos)
    return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("@._-+=").find(c) != std::string_view::npos;
  });
}

bool token_valid(std::string_view text, std::string_view also) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

Done check(const Mail& mail) {
  if (!strict_email(mail.from)) return bad("the sender is no plain address");
  if (!strict_email(mail.to)) return bad("the recipient is no plain address");
  if (!one_plain_line(mail.from_name)) return bad("the sender's name is not one line");
  if (!one_plain_line(mail.subject)) return bad("the subject is not one line");
  if (!message_id_valid(mail.message_id)) return bad("the Message-ID is not valid");
  if (!mail.in_reply_to.empty() && !message_id_valid(mail.in_reply_to))
    return bad("In-Reply-To is not valid");
  if (!mail.language.empty() && !token_valid(mail.language, "-"))
    return bad("the language is not valid");
  if (mail.attachments.size() > kAttachmentsMax) return bad("there are too many attachments");
  for (const auto& attachment : mail.attachments) {
    const auto slash = attachment.content_type.find('/');
    if (slash == std::string::npos ||
        !token_valid(attachment.content_type.substr(0, slash), "-+.") ||
        !token_valid(attachment.content_type.substr(slash + 1), "-+."))
      return bad("an attachment's content type is not valid");
    if (attachment.name.empty() || !one_plain_line(attachment.name) ||
        attachment.name.find_first_of("\"\\/") != std::string::npos)
      return bad("an attachment's name is not valid");
  }
  return {};
}

// Lines by \n only; other controls are of no use in a mail and harm terminals.
std::string plain_body(std::string_view text) {
  std::string body = replace_all(std::string(text), "\r\n", "\n");
  body = replace_all(std::move(body), "\r", "\n");
  body = clean_utf8(body);
  if (body.empty() || body.back() != '\n') body += '\n';
  return body;
}

// A line of one dot would be the end of the mail for a relay that forgets to unstuff it: such a
// text goes as base64. Long lines and anything but ASCII go as quoted-printable.
GMimeContentEncoding encoding_for(std::string_view body) {
  auto encoding = GMIME_CONTENT_ENCODING_7BIT;
  for (const auto line : split(body, '\n')) {
    if (line == ".") return GMIME_CONTENT_ENCODING_BASE64;
    const bool ascii = std::all_of(line.begin(), line.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x7f; });
    if (line.size() > 76 || line.starts_with("From ") || line.starts_with("--=_") || !ascii)
      encoding = GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
  }
  return encoding;
}

Owned<GMimePart> part_of(std::string_view bytes, GMimeContentEncoding encoding) {
  Owned<GMimePart> part(::g_mime_part_new());
  const Owned<GMimeStream> stream(::g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeDataWrapper> content(
      ::g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  ::g_mime_part_set_content(part.get(), content.get());
  ::g_mime_part_set_content_encoding(part.get(), encoding);
  return part;
}

Owned<GMimePart> text_part(const Mail& mail) {
  const auto body = plain_body(mail.text);
  auto part = part_of(body, encoding_for(body));
  const Owned<GMimeContentType> type(::g_mime_content_type_new("text", "plain"));
  ::g_mime_content_type_set_parameter(type.get(), "charset", "utf-8");
  ::g_mime_object_set_content_type(GMIME_OBJECT(part.get()), type.get());
  if (!mail.language.empty())
    ::g_mime_object_set_header(GMIME_OBJECT(part.get()), "Content-Language", mail.language.c_str(),
                               nullptr);
  return part;
}

Owned<GMimePart> attachment_part(const Attachment& attachment) {
  auto part = part_of(attachment.bytes, GMIME_CONTENT_ENCODING_BASE64);
  const auto slash = attachment.content_type.find('/');
  const Owned<GMimeContentType> type(
      ::g_mime_content_type_new(attachment.content_type.substr(0, slash).c_str(),
                                attachment.content_type.substr(slash + 1).c_str()));
  ::g_mime_object_set_content_type(GMIME_OBJECT(part.get()), type.get());
  ::g_mime_object_set_disposition(GMIME_OBJECT(part.get()), "attachment");
  ::g_mime_part_set_filename(part.get(), attachment.name.c_str());
  return part;
}

// A text that looks like an encoded word (RFC 2047) would be decoded by every reader, and could so
// show what was never meant: then the whole text is encoded. GMime does that for what is not ASCII.
std::string no_false_words(const std::string& text) {
  constexpr std::size_t kBytesOfWord = 42;  // 75 letters a word, base64, at whole letters.
  if (text.find("=?") == std::string::npos) return text;
  std::string words;
  std::string_view left = text;
  while (!left.empty()) {
    const std::string piece = clip_utf8(left, kBytesOfWord);
    words += (words.empty() ? "" : " ") + ("=?utf-8?b?" + base64(piece) + "?=");
    left.remove_prefix(piece.size());
  }
  return words;
}

void set_headers(GMimeMessage* message, const Mail& mail) {
  ::g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM,
                               mail.from_name.empty() ? nullptr : mail.from_name.c_str(),
                               mail.from.c_str());
  ::g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, nullptr, mail.to.c_str());
  ::g_mime_message_set_subject(message, no_false_words(mail.subject).c_str(), "utf-8");
  ::g_mime_message_set_message_id(message, mail.message_id.c_str());
  const auto object = GMIME_OBJECT(message);
  ::g_mime_object_set_header(object, "Date", rfc5322(mail.date).c_str(), nullptr);
  if (!mail.in_reply_to.empty()) {
    const auto reference = "<" + mail.in_reply_to + ">";
    ::g_mime_object_set_header(object, "In-Reply-To", reference.c_str(), nullptr);
    ::g_mime_object_set_header(object, "References", reference.c_str(), nullptr);
  }
  if (mail.auto_generated)
    ::g_mime_object_set_header(object, "Auto-Submitted", "auto-generated", nullptr);
}

// GMime's own boundary is random. Ours follows from the Message-ID; base64 and quoted-printable
// cannot hold it, and a text that does is encoded so that "=_" is broken up.
std::string boundary_of(const Mail& mail) {
  return "=_" + hex(crypto::sha256("boundary " + mail.message_id)).substr(0, 40);
}

std::string written(GMimeMessage* message) {
  const std::unique_ptr<GMimeFormatOptions, void (*)(GMimeFormatOptions*)> format(
      ::g_mime_format_options_new(), ::g_mime_format_options_free);
  ::g_mime_format_options_set_newline_format(format.get(), GMIME_NEWLINE_FORMAT_DOS);
  const Owned<GMimeStream> stream(::g_mime_stream_mem_new());
  // The stream writes its format's line ends for headers only; the filter sees to the bodies.
  const Owned<GMimeStream> filtered(::g_mime_stream_filter_new(stream.get()));
  const Owned<GMimeFilter> crlf(::g_mime_filter_unix2dos_new(TRUE));
  ::g_mime_stream_filter_add(GMIME_STREAM_FILTER(filtered.get()), crlf.get());
  ::g_mime_object_write_to_stream(GMIME_OBJECT(message), format.get(), filtered.get());
  ::g_mime_stream_flush(filtered.get());
  const GByteArray* bytes = ::g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

}  // namespace

Result<std::string> compose(const Mail& mail) {
  TRY_DONE(check(mail));
  static std::once_flag once;
  std::call_once(once, [] { ::g_mime_init(); });
  const Owned<GMimeMessage> message(::g_mime_message_new(TRUE));
  set_headers(message.get(), mail);
  const auto text = text_part(mail);
  if (mail.attachments.empty()) {
    ::g_mime_message_set_mime_part(message.get(), GMIME_OBJECT(text.get()));
    return written(message.get());
  }
  const Owned<GMimeMultipart> parts(::g_mime_multipart_new_with_subtype("mixed"));
  ::g_mime_multipart_set_boundary(parts.get(), boundary_of(mail).c_str());
  ::g_mime_multipart_add(parts.get(), GMIME_OBJECT(text.get()));
  for (const auto& attachment : mail.attachments)
    ::g_mime_multipart_add(parts.get(), GMIME_OBJECT(attachment_part(attachment).get()));
  ::g_mime_message_set_mime_part(message.get(), GMIME_OBJECT(parts.get()));
  return written(message.get());
}

}  // namespace hotline::net
