#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/base/guarded.hpp"
#include "control-plane/platform/auth/principal.hpp"

namespace identity {

/// Who belongs to which credential, remembered for 30 seconds under the SHA-256 of the token. Thread-safe; bounded.
class Cache {
 public:
  static constexpr std::chrono::seconds kLife{30};
  static constexpr std::size_t kMost = 20'000;

  std::optional<auth::Principal> find(const std::string& token_sha256, base::UtcTime now) const;

  /// Taken before the tables are read. What was read is kept only if nothing was forgotten since: else it may be older
  /// than the revocation that made it void.
  std::uint64_t mark() const;
  void keep(const std::string& token_sha256, const auth::Principal& principal, base::UtcTime now, std::uint64_t mark);

  void forget_credential(const base::Uuid& credential);
  void forget_person(base::PersonId person);
  void forget_organization(base::OrganizationId organization);
  void forget_all();

 private:
  struct Entry {
    auth::Principal principal;
    base::UtcTime read_at;
  };
  struct State {
    std::unordered_map<std::string, Entry> entries;
    std::uint64_t forgotten{0};
  };
  template <class F>
  void forget_if(F matches);

  base::Guarded<State> state_;
};

}  // namespace identity
