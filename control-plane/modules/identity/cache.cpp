#include "control-plane/modules/identity/cache.hpp"

namespace identity {

std::optional<auth::Principal> Cache::find(const std::string& token_sha256, base::UtcTime now) const {
  return state_.with([&](const State& state) -> std::optional<auth::Principal> {
    const auto found = state.entries.find(token_sha256);
    if (found == state.entries.end()) return std::nullopt;
    const auto& entry = found->second;
    // A clock that was set back must not make entries live longer.
    if (now < entry.read_at || now - entry.read_at >= kLife || now >= entry.principal.expires_at) return std::nullopt;
    return entry.principal;
  });
}

std::uint64_t Cache::mark() const {
  return state_.with([](const State& state) { return state.forgotten; });
}

void Cache::keep(const std::string& token_sha256, const auth::Principal& principal, base::UtcTime now,
                 std::uint64_t mark) {
  state_.with([&](State& state) {
    if (state.forgotten != mark) return;
    if (state.entries.size() >= kMost) {
      std::erase_if(state.entries, [&](const auto& entry) { return now - entry.second.read_at >= kLife; });
    }
    if (state.entries.size() >= kMost) state.entries.clear();
    state.entries.insert_or_assign(token_sha256, Entry{principal, now});
  });
}

template <class F>
void Cache::forget_if(F matches) {
  state_.with([&](State& state) {
    ++state.forgotten;
    std::erase_if(state.entries, [&](const auto& entry) { return matches(entry.second.principal); });
  });
}

void Cache::forget_credential(const base::Uuid& credential) {
  forget_if([&](const auth::Principal& known) { return known.credential == credential; });
}

void Cache::forget_person(base::PersonId person) {
  forget_if([&](const auth::Principal& known) { return known.person == person; });
}

void Cache::forget_organization(base::OrganizationId organization) {
  forget_if([&](const auth::Principal& known) { return known.organization == organization; });
}

void Cache::forget_all() {
  forget_if([](const auth::Principal&) { return true; });
}

}  // namespace identity
