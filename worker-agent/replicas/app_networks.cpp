#include "worker-agent/replicas/app_networks.hpp"

#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "worker-agent/runtime/networks.hpp"

namespace replicas {
namespace {
constexpr base::Duration kRenewRules = std::chrono::minutes(1);
// Below those of builds (builds::BuilderOptions).
constexpr std::uint32_t kFirstId = 100'000'000;
constexpr std::uint32_t kEndOfIds = 1'000'000'000;
}  // namespace

AppNetworks::AppNetworks(boost::asio::any_io_executor executor, async::BlockingPool& pool, runtime::Podman& podman,
                         const host::ContainerSetup& setup, const base::Clock& clock)
    : pool_(pool),
      podman_(podman),
      setup_(setup),
      clock_(clock),
      one_at_a_time_(std::move(executor), 1),
      ids_(setup.graph_root.parent_path() / "app-ids.json", kFirstId, kEndOfIds) {}

async::Task<base::Result<void>> AppNetworks::learn(base::Deadline deadline) {
  CO_TRY_ASSIGN(const auto networks, co_await podman_.networks(deadline));
  names_.clear();
  bridges_.clear();
  for (const auto& network : networks) {
    if (!network.labels.contains(runtime::kLabelAppEnvironment)) continue;
    names_.insert(network.name);
    bridges_.insert(network.bridge);
  }
  learned_ = true;
  co_return co_await apply_rules(deadline);
}

async::Task<base::Result<void>> AppNetworks::apply_rules(base::Deadline deadline) {
  runtime::FirewallRules rules{.installation = setup_.installation,
                               .bridges = {bridges_.begin(), bridges_.end()},
                               .resolvers = setup_.resolvers};
  CO_TRY_CHECK(co_await runtime::apply_firewall(std::move(rules), deadline));
  rules_applied_ = clock_.steady_now();
  co_return base::Result<void>{};
}

async::Task<base::Result<std::uint32_t>> AppNetworks::ensure(base::AppEnvironmentId app_environment,
                                                             base::Deadline deadline) {
  const auto turn = co_await one_at_a_time_.enter();
  CO_TRY_CHECK(co_await ensure_network(app_environment, deadline));
  if (!setup_.user_namespaces) co_return 0U;
  // The turn is held meanwhile: one caller at a time.
  co_return co_await pool_.run([this, owner = app_environment.to_string()] { return ids_.blocking_of(owner); });
}

async::Task<base::Result<void>> AppNetworks::ensure_network(base::AppEnvironmentId app_environment,
                                                            base::Deadline deadline) {
  if (!learned_) CO_TRY_CHECK(co_await learn(deadline));
  auto spec = runtime::network_spec(setup_.installation, app_environment);
  if (names_.contains(spec.name)) co_return base::Result<void>{};
  bridges_.insert(spec.bridge);
  CO_TRY_CHECK(co_await apply_rules(deadline));
  const auto name = spec.name;
  base::crash_point("network.guarded");
  CO_TRY_CHECK(co_await runtime::drop_left_bridge(pool_, spec.bridge, deadline));
  CO_TRY_CHECK(co_await podman_.create_network(std::move(spec), deadline));
  base::crash_point("network.created");
  names_.insert(name);
  co_return base::Result<void>{};
}

async::Task<void> AppNetworks::hold_hardware_address(base::AppEnvironmentId app_environment) {
  const auto bridge = runtime::bridge_name(setup_.installation, app_environment);
  try {
    co_await pool_.run([bridge] { runtime::blocking_hold_hardware_address(bridge); });
  } catch (const base::Failure& failure) {
    logging::warn("network.address_not_held", {{"bridge", bridge}, {"reason", failure.what()}});
  }
}

async::Task<base::Result<void>> AppNetworks::tidy(std::set<base::AppEnvironmentId> needed, base::Deadline deadline) {
  const auto turn = co_await one_at_a_time_.enter();
  if (!learned_ || clock_.steady_now() - rules_applied_ >= kRenewRules) CO_TRY_CHECK(co_await learn(deadline));
  std::set<std::string> keep;
  for (const auto id : needed) keep.insert(runtime::network_name(id));
  const auto names = names_;
  for (const auto& name : names) {
    if (keep.contains(name)) continue;
    const auto removed = co_await podman_.remove_network(name, deadline);
    base::crash_point("network.removed");
    if (!removed && removed.error().code == "podman.conflict") continue;
    if (!removed) co_return removed;
    names_.erase(name);
    logging::debug("network.removed", {{"network", name}});
  }
  co_return base::Result<void>{};
}

}  // namespace replicas
