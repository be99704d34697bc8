// libcurl's own start, once a process. Each .cc that uses curl calls it before its first handle.
#pragma once

namespace hotline::net {
void start_curl();
}  // namespace hotline::net
