#include "worker-agent/runtime/networks.hpp"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <filesystem>
#include <sstream>

#include "common/async/process.hpp"
#include "common/base/failure.hpp"
#include "common/base/kernel_file.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/hash.hpp"
#include "common/log/log.hpp"
#include "worker-agent/runtime/bridge_ports.hpp"
#include "worker-agent/runtime/host_tool.hpp"

namespace runtime {
namespace {

/// Everything that is not the public internet, and 168.63.129.16, where Azure gives each machine its credentials.
constexpr const char* kNotInternet =
    "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 168.63.129.16, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, "
    "192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3";

/// NET_ADDR_SET: somebody gave it this address.
constexpr const char* kItsOwn = "3\n";

std::string table_name(const std::string& installation) {
  return "inet wh_" + installation;
}

/// "add" before "delete", so that it works whether the table exists or not.
std::string render_removal(const std::string& installation) {
  return "add table " + table_name(installation) + "\ndelete table " + table_name(installation) + "\n";
}

template <class Print>
void render_elements(std::ostringstream& out, const std::vector<std::string>& items, Print print) {
  if (items.empty()) return;
  out << " elements = { ";
  for (std::size_t i = 0; i < items.size(); ++i) out << (i == 0 ? "" : ", ") << print(items[i]);
  out << " }";
}

async::Task<base::Result<void>> run_nft(std::string script, base::Deadline deadline) {
  async::ProcessSpec nft{.argv = {"/usr/sbin/nft", "-f", "-"}, .env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}}};
  nft.stdin_data = std::move(script);
  CO_TRY_ASSIGN(const auto ran, co_await async::run_process(std::move(nft), deadline));
  if (!ran.ok()) {
    co_return base::fail(base::ErrorKind::unavailable, "firewall.failed",
                         "The packet rules that keep apps apart could not be set: " + ran.err.substr(0, 300));
  }
  co_return base::Result<void>{};
}

}  // namespace

std::string network_name(base::AppEnvironmentId app_environment) {
  return "wh-" + app_environment.to_string();
}

std::string bridge_prefix(const std::string& installation) {
  return "whn" + installation.substr(0, 4);
}

std::string bridge_name(const std::string& installation, base::AppEnvironmentId app_environment) {
  return bridge_prefix(installation) + crypto::sha256_hex(app_environment.to_string()).substr(0, 8);
}

NetworkSpec network_spec(const std::string& installation, base::AppEnvironmentId app_environment) {
  return {.name = network_name(app_environment),
          .bridge = bridge_name(installation, app_environment),
          .labels = {{kLabelAppEnvironment, app_environment.to_string()}}};
}

std::string render_firewall(const FirewallRules& rules) {
  const std::string ours = "\"" + bridge_prefix(rules.installation) + "*\"";
  std::ostringstream out;
  out << render_removal(rules.installation);
  out << "table " << table_name(rules.installation) << " {\n";
  out << "  set same { type ifname . ifname;";
  render_elements(out, rules.bridges,
                  [](const std::string& bridge) { return "\"" + bridge + "\" . \"" + bridge + "\""; });
  out << " }\n  set resolvers { type ipv4_addr;";
  render_elements(out, rules.resolvers, [](const std::string& address) { return address; });
  out << " }\n  set not_internet { type ipv4_addr; flags interval; elements = { " << kNotInternet << " } }\n"
      << "  chain forward {\n"
      << "    type filter hook forward priority filter - 10; policy accept;\n"
      << "    iifname " << ours << " ct state established,related accept\n"
      << "    oifname " << ours
      << " ct state established,related accept\n"
      // With br_netfilter also traffic inside one bridge passes here.
      << "    iifname . oifname @same accept\n"
      << "    oifname " << ours << " iifname != \"whn*\" ct status dnat accept\n"
      << "    oifname " << ours << " counter drop\n"
      << "    iifname " << ours << " meta nfproto ipv6 counter drop\n"
      << "    iifname " << ours << " ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept\n"
      << "    iifname " << ours << " ip daddr @not_internet counter drop\n"
      << "    iifname " << ours << " oifname \"wg*\" counter drop\n"
      << "  }\n"
      << "  chain input {\n"
      << "    type filter hook input priority filter - 10; policy accept;\n"
      << "    iifname " << ours << " ct state established,related accept\n"
      << "    iifname " << ours << " ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept\n"
      << "    iifname " << ours << " counter drop\n"
      << "  }\n}\n";
  return out.str();
}

async::Task<base::Result<void>> apply_firewall(FirewallRules rules, base::Deadline deadline) {
  auto script = render_firewall(rules);
  co_return co_await run_nft(std::move(script), deadline);
}

async::Task<base::Result<void>> remove_firewall(std::string installation, base::Deadline deadline) {
  auto script = render_removal(installation);
  co_return co_await run_nft(std::move(script), deadline);
}

async::Task<base::Result<void>> drop_left_bridge(async::BlockingPool& pool, std::string bridge,
                                                 base::Deadline deadline) {
  const auto interface = std::filesystem::path("/sys/class/net") / bridge;
  std::error_code error;
  if (!std::filesystem::exists(interface, error)) co_return base::Result<void>{};
  try {
    co_await pool.run([bridge] {
      for (const auto& port : blocking_bridge_ports(bridge)) blocking_remove_port(port);
    });
  } catch (const base::Failure& failure) {
    co_return base::fail(base::ErrorKind::unavailable, "host.tool", failure.what());
  }
  std::vector<std::string> links;
  for (const auto& port : std::filesystem::directory_iterator(interface / "brif", error)) {
    links.push_back(port.path().filename());
  }
  logging::warn("host.left_bridge", {{"bridge", bridge}, {"ports", links.size()}});
  links.push_back(std::move(bridge));
  for (auto& link : links) {
    CO_TRY_CHECK(co_await output_of({.argv = {"/sbin/ip", "link", "delete", std::move(link)}, .env = {}}, deadline));
  }
  co_return base::Result<void>{};
}

void blocking_hold_hardware_address(const std::string& bridge) {
  // Setting it once more would make the host forget where the containers are.
  if (base::read_kernel_file("/sys/class/net/" + bridge + "/addr_assign_type") == kItsOwn) return;
  ifreq request{};
  if (bridge.size() >= sizeof request.ifr_name) throw base::Failure("'" + bridge + "' is no name of an interface");
  bridge.copy(request.ifr_name, bridge.size());
  const base::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) base::throw_errno("socket");
  const bool held = ::ioctl(socket.get(), SIOCGIFHWADDR, &request) == 0 &&  //
                    ::ioctl(socket.get(), SIOCSIFHWADDR, &request) == 0;
  if (!held && errno != ENODEV) base::throw_errno("hold the hardware address of " + bridge);
}

}  // namespace runtime
