#pragma once

#include <string_view>

#include "common/base/secret.hpp"

namespace secrets {

/// A key in memory of its own: never swapped out, in no core dump, between two pages that nobody may touch, and not to
/// be written after it was made. A page and two guards each, so for few keys. Wiped when it goes.
class LockedKey {
 public:
  /// Throws `Failure` when there is no memory.
  explicit LockedKey(const base::SecretString& key);
  ~LockedKey();
  LockedKey(const LockedKey&) = delete;
  LockedKey& operator=(const LockedKey&) = delete;

  std::string_view reveal() const { return {bytes_, size_}; }
  /// False where the system allows no locked memory (RLIMIT_MEMLOCK): the key can be swapped out.
  bool is_locked() const { return locked_; }

 private:
  char* bytes_;
  std::size_t size_;
  bool locked_;
};

}  // namespace secrets
