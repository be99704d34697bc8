// Result: what a function gives when its trouble is expected.
//
// Expected trouble is returned, broken code is stopped. The kind says what the
// caller can do about it; nobody reads the sentence to decide. An Error never
// holds an address, a name or an e-mail: it may reach a log.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace hotline {

/// Spelled as it is logged and printed.
enum class ErrorKind : std::uint8_t {
  invalid,      ///< The input is wrong and will stay wrong. Tell whoever sent it.
  not_found,    ///< Nothing has that id or name.
  conflict,     ///< The thing changed under us. Read it again, then decide.
  forbidden,    ///< The actor may not do this. Recorded in the audit log.
  unavailable,  ///< The outside world failed. The same call may work later.
  corrupt,      ///< Stored data breaks its own rules. A person must look.
};

[[nodiscard]] std::string_view name(ErrorKind kind);

struct Error {
  ErrorKind kind;
  std::string sentence;  ///< One sentence, no personal data.
};

template <class T>
using Result = std::expected<T, Error>;

/// A Result without a value.
using Done = Result<void>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string sentence) {
  return std::unexpected(Error{kind, std::move(sentence)});
}

/// Stops the program: only a bug can get here. Prints where and what.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace hotline

#define HOTLINE_JOIN2(a, b) a##b
#define HOTLINE_JOIN(a, b) HOTLINE_JOIN2(a, b)

/// TRY(name, expression): `name` is the value, or this function hands the error on.
#define TRY(name, ...)                                                       \
  auto HOTLINE_JOIN(try_, __LINE__) = (__VA_ARGS__);                         \
  if (!HOTLINE_JOIN(try_, __LINE__))                                         \
    return std::unexpected(std::move(HOTLINE_JOIN(try_, __LINE__)).error()); \
  auto name = *std::move(HOTLINE_JOIN(try_, __LINE__))

/// TRY_DONE(expression): hands the error on; the value, if any, is not wanted.
#define TRY_DONE(...)                                                   \
  do {                                                                  \
    auto try_done = (__VA_ARGS__);                                      \
    if (!try_done) return std::unexpected(std::move(try_done).error()); \
  } while (false)

/// For what only a bug can break, never for input.
#define CHECK(condition) \
  ((condition) ? void(0) : ::hotline::check_failed(#condition, __FILE__, __LINE__))
