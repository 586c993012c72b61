#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/result.hpp"
#include "worker-agent/builds/jail/options.hpp"

namespace builds {

struct BuildNetworkOptions {
  std::string installation;          ///< 8 lower-case hexadecimal digits; names the bridge and the table
  std::filesystem::path state_file;  ///< keeps the chosen subnet: addresses in image names must not change
  int subnet{-1};                    ///< N of 10.91.N.0/24; -1: the one kept, else the first free
  std::uint16_t registry_port{7050};
  std::vector<std::string> resolvers;  ///< IPv4 name servers that builds may ask (host::HostState::resolvers)
};

/// The network of builds: a bridge `whb<installation>` with 10.91.N.1/24, and an nftables table that lets builds reach
/// the registry, the resolvers and the public internet, and nothing private: no neighbour, host, mesh, metadata or
/// link-local address, no IPv6. Main thread; one owner.
class BuildNetwork {
 public:
  explicit BuildNetwork(BuildNetworkOptions options);

  /// Makes bridge and rules, or puts them right. Idempotent; about 30 ms. Errors: `network.none_free`,
  /// `network.failed`.
  async::Task<base::Result<void>> ensure();
  /// Takes bridge and rules away. Absent is fine.
  async::Task<base::Result<void>> remove();
  /// The same where only the installation is known (`wh-agent stop-host`).
  static async::Task<base::Result<void>> remove(std::string installation);

  const std::string& bridge() const { return bridge_; }
  /// The host's address on the bridge; valid after `ensure`.
  std::string gateway() const;
  /// `10.91.N.1:<registry port>`: where host and builds reach the registry; valid after `ensure`.
  std::string registry_address() const;

  /// One jail's place in the network: an address of its own until `release`. Error `network.full` (253 at a time).
  base::Result<jail::Network> lease();
  void release(const jail::Network& lease);

 private:
  async::Task<base::Result<void>> make_bridge();
  base::Result<int> blocking_choose_subnet() const;

  BuildNetworkOptions options_;
  std::string bridge_;
  int subnet_{-1};
  std::set<int> leased_;
};

struct RulesInput {
  std::string installation;
  std::string bridge;
  int subnet{0};
  std::uint16_t registry_port{0};
  std::vector<std::string> resolvers;
};

/// The script for `nft -f -` that replaces the installation's table in one transaction. Pure.
std::string render_rules(const RulesInput& input);

/// The first N in 0…255 of which no 10.91.N.x is in `used`, or -1. Pure.
int first_free_subnet(const std::set<int>& used);

}  // namespace builds
