#include "control-plane/modules/observability/drains.hpp"

#include <algorithm>

#include "common/json/json.hpp"
#include "control-plane/modules/observability/store.hpp"

namespace observability {
namespace {

constexpr int kMostOfApp = 5;

/// What is sealed.
struct SealedTarget {
  std::string url;
  std::string token;
  template <class F>
  void map(F& f) {
    f.required("url", url);
    f.required("token", token);
  }
};

crypto::ColumnContext place(const base::Uuid& id, std::int64_t generation) {
  return {"log_drains", "target_sealed", id.to_string(), static_cast<std::uint64_t>(generation)};
}

}  // namespace

/// Of a host that is an address itself; names are looked up, and checked, each time that something is sent.
bool Drains::may_reach(const std::string& host) const {
  const bool address = http_client::Network::parse(host + (host.contains(':') ? "/128" : "/32")).has_value();
  return !address || http_client::is_public_address(host) ||
         std::ranges::any_of(policy_.allowed, [&](const auto& network) { return network.contains(host); });
}

std::vector<LogDrain> Drains::list(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment) {
  return store::drains(tx, organization, environment);
}

base::Result<LogDrain> Drains::add(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                                   const std::string& url, const base::SecretString& token) {
  TRY_ASSIGN(const auto target, read_drain_target(url, token));
  if (!may_reach(target.url.host)) {
    return base::invalid("/url", "Only addresses of the public internet may be called from here.");
  }
  LogDrain drain;
  drain.id = base::Uuid::v7(clock_.utc_now());
  drain.organization = organization;
  drain.app_environment = environment;
  drain.kind = to_string(target.kind);
  drain.address = shown_address(target);
  drain.has_token = !token.empty();
  drain.created_at = clock_.utc_now();
  const auto sealed = vault_.seal(tx, organization, place(drain.id, 1),
                                  json::encode(SealedTarget{target.address, std::string(token.reveal())}));
  if (!store::insert(tx, drain, sealed, kMostOfApp)) {
    return base::conflict("log_drain.too_many", "An app has at most 5 log drains: remove one first.");
  }
  tx.after_commit([this] { changed_(); });
  return drain;
}

base::Result<LogDrain> Drains::remove(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                                      const base::Uuid& id) {
  auto removed = store::remove(tx, organization, environment, id);
  if (!removed) return base::not_found("log_drain.not_found", "The log drain");
  tx.after_commit([this] { changed_(); });
  return *std::move(removed);
}

base::Result<std::optional<Drains::Opened>> Drains::open(Tx& tx, const ActiveDrain& drain) {
  const auto row = store::sealed(tx, drain.id);
  if (!row) return std::optional<Opened>();
  TRY_ASSIGN(const auto text, vault_.open(tx, drain.organization, place(drain.id, row->generation), row->target));
  TRY_ASSIGN(const auto opened, json::decode<SealedTarget>(text.reveal(), json::Unknown::reject));
  TRY_ASSIGN(auto target, read_drain_target(opened.url, base::SecretString(opened.token)));
  return std::optional(Opened{std::move(target), row->position});
}

}  // namespace observability
