// Key ring: the root keys of this installation, from their files.
//
// Usually one: PATH. While a rotation runs a second one lies beside it, PATH.next;
// it takes the first one's place when nothing is wrapped with the first any more.
// A program that was started before reads the files again when it meets a key
// that a root unknown to it has wrapped. Private to evidence/.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"

namespace hotline::evidence {

struct RootKey {
  std::string id;  ///< 16 hex digits made from the key; says nothing about it.
  crypto::Key key;
};

class KeyRing {
 public:
  /// The file is made if missing.
  [[nodiscard]] static Result<std::unique_ptr<KeyRing>> open(const std::string& path);

  /// Error `corrupt` if no file here holds it: another installation's key, or a lost one.
  Result<RootKey> root(std::string_view id);
  /// The one in PATH.
  RootKey current();
  /// All that are there, the current one first.
  std::vector<RootKey> all();

  /// For a rotation. PATH.next, made if missing, durable when this returns.
  Result<RootKey> next();
  /// PATH.next takes the place of PATH, whose key is gone for good.
  Done replace();

 private:
  explicit KeyRing(std::string path) : path_(std::move(path)) {}
  Done read_files();

  std::string path_;
  std::mutex mutex_;
  std::vector<RootKey> roots_;
};

}  // namespace hotline::evidence
