#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "common/base/guarded.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace organizations {

/// Who is what where, remembered for 30 seconds. Thread-safe; bounded.
class Memberships final : public auth::Memberships {
 public:
  static constexpr std::chrono::seconds kLife{30};
  static constexpr std::size_t kMost = 20'000;

  /// Tells the other instances a topic.
  using Publish = std::function<void(std::string)>;
  explicit Memberships(Publish publish) : publish_(std::move(publish)) {}

  std::optional<auth::Membership> remembered(const auth::Principal& principal, std::string_view organization,
                                             base::UtcTime now) override;
  base::Result<auth::Membership> look_up(Tx& tx, const auth::Principal& principal, std::string_view organization,
                                         base::UtcTime now) override;
  std::optional<base::ProjectId> project_of(Tx& tx, base::OrganizationId organization, const std::string& kind,
                                            const std::string& name_or_id) override;
  live::Signal& endings() override { return endings_; }

  /// After the commit of `tx`, here and on the other instances: what was known of the organization is forgotten, and
  /// whoever waits on `endings` is woken.
  void changed(Tx& tx, base::OrganizationId organization);
  /// What another instance published; empty: anything may have happened.
  void hear(const std::string& topic);

 private:
  struct Entry {
    auth::Membership membership;
    base::UtcTime read_at;
  };
  struct State {
    std::unordered_map<std::string, Entry> entries;
    std::uint64_t forgotten{0};
  };
  void keep(const std::string& key, const auth::Membership& membership, base::UtcTime now, std::uint64_t mark);

  Publish publish_;
  base::Guarded<State> state_;
  live::Signal endings_;
};

}  // namespace organizations
