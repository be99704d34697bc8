#include "intake/batch.h"

#include "base/text.h"

namespace hotline::intake {

namespace {

constexpr std::size_t kHeadBytesMax = 80;

}  // namespace

bool is_drop_id(std::string_view id) {
  return id.size() >= 16 && id.size() <= 64 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

std::string batch_record(std::string_view id, std::string_view sealed) {
  std::string record(id);
  record += ' ';
  record += std::to_string(sealed.size());
  record += '\n';
  return record += sealed;
}

Result<std::vector<SealedRecord>> read_batch(std::string_view bytes) {
  const auto broken = [] { return fail(ErrorKind::corrupt, "A batch in the drop is broken."); };
  std::vector<SealedRecord> records;
  while (!bytes.empty()) {
    const auto head = bytes.substr(0, kHeadBytesMax);
    const auto blank = head.find(' ');
    const auto end = head.find('\n');
    if (blank == std::string_view::npos || end == std::string_view::npos || end < blank)
      return broken();
    const auto length = parse_integer(head.substr(blank + 1, end - blank - 1));
    const auto id = head.substr(0, blank);
    if (!is_drop_id(id) || !length || *length < 0 ||
        static_cast<std::size_t>(*length) > bytes.size() - end - 1)
      return broken();
    const auto size = static_cast<std::size_t>(*length);
    records.push_back({std::string(id), std::string(bytes.substr(end + 1, size))});
    bytes.remove_prefix(end + 1 + size);
  }
  return records;
}

}  // namespace hotline::intake
