// Any bytes as a WARC file: each block lies inside the file.
// links: net url base sandbox
#include <cstdlib>

#include "net/warc.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view file(reinterpret_cast<const char*>(bytes), size);
  const auto records = net::read_warc(file);
  if (!records) return 0;
  for (const auto& record : *records)
    if (record.block.data() < file.data() ||
        record.block.data() + record.block.size() > file.data() + file.size())
      std::abort();
  return 0;
}
