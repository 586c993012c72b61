#include "control-plane/modules/audit/service.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"
#include "control-plane/modules/audit/seal_store.hpp"

namespace audit {
namespace {

constexpr int kMostUnsealed = 1000;

}  // namespace

std::vector<Entry> Service::list(Tx& tx, base::OrganizationId organization, const Filter& filter) {
  return store::list(tx, organization, filter);
}

std::vector<Entry> Service::chain(Tx& tx, base::OrganizationId organization, std::int64_t after, int limit) {
  return store::chain(tx, organization.to_string(), after, limit);
}

ChainView Service::page(Tx& tx, base::OrganizationId organization, std::int64_t after, int limit) {
  ChainView shown;
  shown.chain = organization.to_string();
  for (const auto& key : public_keys())
    shown.keys.push_back({key.id, base::base64url_encode(key.raw), audit_chain::key_fingerprint(key.raw)});
  // The head first: what is sealed after it is a matter of the next reader.
  const auto end = head(tx, organization);
  const auto found = chain(tx, organization, after, limit);
  for (const auto& entry : found) shown.items.push_back(line(entry.event, entry.seal));
  if (static_cast<int>(found.size()) == limit) {
    shown.next_cursor = std::to_string(found.back().seal->sequence);
    return shown;
  }
  for (const auto& entry : unsealed(tx, organization, kMostUnsealed))
    shown.items.push_back(line(entry.event, entry.seal));
  shown.head = end;
  return shown;
}

std::vector<Entry> Service::unsealed(Tx& tx, base::OrganizationId organization, int limit) {
  return store::unsealed(tx, organization.to_string(), limit);
}

audit_chain::Head Service::head(Tx& tx, base::OrganizationId organization) {
  const auto chain = organization.to_string();
  const audit_chain::Seal none{0, audit_chain::first_hash(), "", "", 0};
  const auto end = store::last_seal(tx, chain).value_or(none);
  return audit_chain::sign_head(key_.pair, key_.id, chain, end.sequence, end.hash,
                                clock_.utc_now().time_since_epoch().count());
}

std::string Service::heads(Tx& tx) {
  const auto now_us = clock_.utc_now().time_since_epoch().count();
  std::string text;
  for (const auto& end : store::ends(tx)) {
    text +=
        json::encode(audit_chain::sign_head(key_.pair, key_.id, end.chain, end.seal.sequence, end.seal.hash, now_us)) +
        "\n";
  }
  return text;
}

std::vector<audit_chain::Head> Service::lost(Tx& tx, const std::string& kept) {
  std::vector<audit_chain::Head> gone;
  for (std::size_t at = 0; at < kept.size();) {
    const auto end = std::min(kept.find('\n', at), kept.size());
    const auto head = json::decode<audit_chain::Head>(kept.substr(at, end - at), json::Unknown::ignore);
    at = end + 1;
    if (!head) {
      gone.push_back({});
      continue;
    }
    const auto hash = store::hash_at(tx, head->chain, head->sequence);
    const bool ours =
        audit_chain::verify_head(*head) && head->public_key == base::base64url_encode(key_.pair.public_key);
    if (!ours || !hash || base::hex_encode(*hash) != head->hash) gone.push_back(*head);
  }
  return gone;
}

std::vector<Entry> Service::of_app(Tx& tx, base::OrganizationId organization, base::AppId app, std::int64_t from_us,
                                   std::int64_t until_us, int limit) {
  return store::of_app(tx, organization, app, from_us, until_us, limit);
}

}  // namespace audit
