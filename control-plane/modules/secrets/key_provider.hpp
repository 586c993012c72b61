#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/crypto/column.hpp"

namespace secrets {

/// Who holds the master key: a file of this host, or a key service. It wraps data keys and nothing else, so that a
/// value costs no call. Thread-safe; every member may block, for a key service up to 10 s, and throws `base::Failure`
/// when the keys cannot be reached.
class KeyProvider {
 public:
  virtual ~KeyProvider() = default;

  /// `file`, `vault`.
  virtual std::string name() const = 0;
  /// The id of the key that new data keys are to be wrapped under, as far as this process knows.
  virtual std::string blocking_active() = 0;
  /// `where` is associated data. The text names its key.
  virtual std::string blocking_wrap(const std::string& key_id, const crypto::ColumnContext& where,
                                    const base::SecretString& data_key) = 0;
  /// Error `crypto.column`: an unknown or retired key, or changed, or from another place.
  virtual base::Result<base::SecretString> blocking_unwrap(const crypto::ColumnContext& where,
                                                           std::string_view wrapped) = 0;
  /// The id of the key that wrapped it; empty when it was wrapped before keys had ids.
  virtual std::string key_of(std::string_view wrapped) const = 0;

  /// Makes the next master key and returns its id. An unfinished rotation goes on: it returns the same id again.
  virtual std::string blocking_begin_rotation() = 0;
  /// False between the announcement of `key_id` and the end of the rotation to it.
  virtual bool blocking_is_settled(const std::string& key_id) = 0;
  /// Nothing is wrapped under another key than `key_id` any more: the others are given up for good. Idempotent.
  virtual void blocking_end_rotation(const std::string& key_id) = 0;
};

}  // namespace secrets
