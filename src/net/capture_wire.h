// FetchRequest and Capture as they cross the pipe between the worker and hotline-fetch.
//
// The answer is read by the program that was not taken over, so nothing in it is believed: every
// text is made clean and short, every number put in range, every blob counted.
#pragma once

#include "net/fetcher.h"
#include "sandbox/frames.h"

namespace hotline::net {

inline constexpr std::size_t kCaptureMediaMax = 1000;
inline constexpr std::size_t kCaptureTextMax = 64 * 1024;
inline constexpr std::size_t kCaptureHopsMax = 64;
/// All bytes of one capture.
inline constexpr std::size_t kCaptureBytesMax = 224u << 20;

/// What the worker is ready to take from hotline-fetch.
[[nodiscard]] sandbox::FrameLimits capture_limits();

[[nodiscard]] sandbox::Message request_message(const FetchRequest& request);
/// Error `invalid` if a member is missing or has another type.
[[nodiscard]] Result<FetchRequest> read_request(const sandbox::Message& message);

[[nodiscard]] sandbox::Message capture_message(Capture capture);
/// Error `invalid` if the message breaks the format.
[[nodiscard]] Result<Capture> read_capture(sandbox::Message message);

}  // namespace hotline::net
