#include "control-plane/modules/secrets/locked_key.hpp"

#include <sodium.h>
#include <sys/mman.h>

#include <cstring>

#include "common/base/failure.hpp"

namespace secrets {

LockedKey::LockedKey(const base::SecretString& key) : size_(key.size()) {
  if (::sodium_init() < 0) throw base::Failure("libsodium cannot begin");
  bytes_ = static_cast<char*>(::sodium_malloc(size_));
  if (bytes_ == nullptr) throw base::Failure("there is no memory for a key");
  // libsodium locks it too, and does not say whether it could.
  locked_ = ::mlock(bytes_, size_) == 0;
  std::memcpy(bytes_, key.reveal().data(), size_);
  ::sodium_mprotect_readonly(bytes_);
}

LockedKey::~LockedKey() {
  ::sodium_free(bytes_);
}

}  // namespace secrets
