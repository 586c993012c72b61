#include "worker-agent/builds/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/file.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "common/async/process.hpp"
#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"

namespace builds {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr int kFirstHost = 2;
constexpr int kLastHost = 254;
constexpr std::chrono::seconds kPatience{15};
constexpr std::chrono::milliseconds kLockPause{20};
constexpr const char* kLockFile = "/run/wisehosting-build-network.lock";

// Also documentation and benchmark ranges that some networks use inside; not the three that stand for "the internet" in
// tests (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24). 168.63.129.16, public by its form, is what Azure gives each
// machine its settings and credentials from; no route leads there from elsewhere.
constexpr const char* kPrivate =
    "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 168.63.129.16, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, "
    "192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3";

std::string bridge_of(const std::string& installation) {
  return "whb" + installation;
}
std::string table_of(const std::string& installation) {
  return "wh_build_" + installation;
}
std::string address_in(int subnet, int host) {
  return "10.91." + std::to_string(subnet) + "." + std::to_string(host);
}

/// A bridge without an address of its own has that of one of its ports, and another one whenever that port goes: what
/// the other jails know of the gateway is wrong then, and their connections stand still until they ask again.
/// `installation`'s own, locally administered.
std::string hardware_address_of(const std::string& installation) {
  std::string out = "02:57";
  for (std::size_t at = 0; at + 1 < installation.size(); at += 2) out += ":" + installation.substr(at, 2);
  return out;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

async::Task<Result<void>> run_tool(std::vector<std::string> argv, std::string input) {
  async::ProcessSpec spec;
  const std::string name = argv.front();
  spec.argv = std::move(argv);
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LANG", "C.UTF-8"}};
  spec.stdin_data = std::move(input);
  const base::SystemClock clock;
  const auto deadline = base::Deadline::after(clock, kPatience);
  CO_TRY_ASSIGN(const async::ProcessResult ended, co_await async::run_process(std::move(spec), deadline));
  if (!ended.ok()) {
    co_return fail(ErrorKind::unavailable, "network.failed",
                   "The build network could not be made: " + name + ": " + ended.err);
  }
  co_return Result<void>{};
}

/// N of each 10.91.N.x that another interface of this machine has.
std::set<int> blocking_used_subnets(const std::string& own_bridge) {
  std::set<int> used;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) base::throw_errno("getifaddrs");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* item = list; item != nullptr; item = item->ifa_next) {
    if (item->ifa_addr == nullptr || item->ifa_addr->sa_family != AF_INET || own_bridge == item->ifa_name) continue;
    const auto* address = reinterpret_cast<const sockaddr_in*>(item->ifa_addr);
    const std::uint32_t value = ntohl(address->sin_addr.s_addr);
    if ((value >> 16U) == ((10U << 8U) | 91U)) used.insert(static_cast<int>((value >> 8U) & 0xffU));
  }
  return used;
}

std::optional<int> blocking_kept_subnet(const std::filesystem::path& file) {
  int kept = -1;
  std::ifstream in(file);
  if (in >> kept && kept >= 0 && kept <= 255) return kept;
  return std::nullopt;
}

/// Held until the descriptor goes; also let go when this process dies.
async::Task<Result<base::UniqueFd>> lock_this_host() {
  base::UniqueFd file(::open(kLockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) base::throw_errno(std::string("open ") + kLockFile);
  const base::SystemClock clock;
  const auto deadline = base::Deadline::after(clock, kPatience);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (deadline.passed(clock)) {
      co_return fail(ErrorKind::unavailable, "network.failed",
                     "Another installation on this machine is making its build network and does not end.");
    }
    co_await async::sleep(kLockPause);
  }
  co_return file;
}

void blocking_set(const std::string& file, const char* value) {
  std::ofstream out(file);
  out << value;  // absent where the kernel has no IPv6
}

}  // namespace

std::string render_rules(const RulesInput& input) {
  const std::string table = "inet " + table_of(input.installation);
  const std::string in = "  iifname \"" + input.bridge + "\" ";
  const std::string out = "  oifname \"" + input.bridge + "\" ";
  const std::string resolvers = input.resolvers.empty() ? ""
                                                        : in + "ip daddr { " + joined(input.resolvers) +
                                                              " } meta l4proto { tcp, udp } th dport 53 accept\n";
  return "table " + table + "\ndelete table " + table + "\ntable " + table + " {\n" +
         " set private { type ipv4_addr; flags interval; elements = { " + kPrivate + " } }\n" +
         " chain forward { type filter hook forward priority filter - 10; policy accept;\n" + in +
         "meta nfproto ipv6 drop\n" +                      //
         out + "meta nfproto ipv6 drop\n" +                //
         in + "oifname \"" + input.bridge + "\" drop\n" +  //
         out + "ct state established,related accept\n" +   //
         out + "drop\n" + resolvers + in + "ip daddr @private drop\n }\n" +
         " chain input { type filter hook input priority filter - 10; policy accept;\n" + in +
         "meta nfproto ipv6 drop\n" +  //
         in + "ct state established,related accept\n" + in + "ip daddr " + address_in(input.subnet, 1) + " tcp dport " +
         std::to_string(input.registry_port) + " accept\n" + resolvers + in + "drop\n }\n" +
         " chain postrouting { type nat hook postrouting priority srcnat; policy accept;\n  ip saddr " +
         address_in(input.subnet, 0) + "/24 oifname != \"" + input.bridge + "\" masquerade\n }\n}\n";
}

int first_free_subnet(const std::set<int>& used) {
  for (int n = 0; n < 256; ++n) {
    if (!used.contains(n)) return n;
  }
  return -1;
}

BuildNetwork::BuildNetwork(BuildNetworkOptions options)
    : options_(std::move(options)), bridge_(bridge_of(options_.installation)) {}

std::string BuildNetwork::gateway() const {
  return address_in(subnet_, 1);
}

std::string BuildNetwork::registry_address() const {
  return gateway() + ":" + std::to_string(options_.registry_port);
}

Result<int> BuildNetwork::blocking_choose_subnet() const {
  if (options_.subnet >= 0) return options_.subnet;
  const std::set<int> used = blocking_used_subnets(bridge_);
  const auto kept = blocking_kept_subnet(options_.state_file);
  if (kept && !used.contains(*kept)) return *kept;
  const int free = first_free_subnet(used);
  if (free < 0) {
    return fail(ErrorKind::unavailable, "network.none_free",
                "No network 10.91.N.0/24 is free on this machine; remove bridges of installations that are gone.");
  }
  return free;
}

async::Task<Result<void>> BuildNetwork::make_bridge() {
  // `replace` and an `add` that may fail keep this idempotent; what counts is checked by the rules and the address
  // after.
  if (::if_nametoindex(bridge_.c_str()) == 0) {
    CO_TRY_CHECK(co_await run_tool({"ip", "link", "add", "name", bridge_, "type", "bridge"}, ""));
  }
  const std::string lines = "link set dev " + bridge_ + " address " + hardware_address_of(options_.installation) +
                            "\n" + "address replace " + gateway() + "/24 dev " + bridge_ + "\n" +  //
                            "link set dev " + bridge_ + " addrgenmode none up\n";
  CO_TRY_CHECK(co_await run_tool({"ip", "-batch", "-"}, lines));
  blocking_set("/proc/sys/net/ipv6/conf/" + bridge_ + "/disable_ipv6", "1");
  blocking_set("/proc/sys/net/ipv4/ip_forward", "1");
  co_return Result<void>{};
}

async::Task<Result<void>> BuildNetwork::ensure() {
  // Two installations that begin at the same time must not choose the same subnet.
  CO_TRY_ASSIGN(const base::UniqueFd lock, co_await lock_this_host());
  CO_TRY_ASSIGN(subnet_, blocking_choose_subnet());
  if (blocking_kept_subnet(options_.state_file) != subnet_) {
    base::blocking_write_file(options_.state_file, std::to_string(subnet_) + "\n", 0600);
  }
  const RulesInput input{.installation = options_.installation,
                         .bridge = bridge_,
                         .subnet = subnet_,
                         .registry_port = options_.registry_port,
                         .resolvers = options_.resolvers};
  const std::string rules = render_rules(input);
  // Rules first: no jail is ever on the bridge without them.
  CO_TRY_CHECK(co_await run_tool({"nft", "-f", "-"}, rules));
  co_return co_await make_bridge();
}

async::Task<Result<void>> BuildNetwork::remove() {
  co_return co_await remove(options_.installation);
}

async::Task<Result<void>> BuildNetwork::remove(std::string installation) {
  const std::string bridge = bridge_of(installation);
  if (::if_nametoindex(bridge.c_str()) != 0) {
    CO_TRY_CHECK(co_await run_tool({"ip", "link", "del", "dev", bridge}, ""));
  }
  const std::string table = "table inet " + table_of(installation);
  const std::string script = table + "\ndelete " + table + "\n";
  co_return co_await run_tool({"nft", "-f", "-"}, script);
}

Result<jail::Network> BuildNetwork::lease() {
  for (int host = kFirstHost; host <= kLastHost; ++host) {
    if (!leased_.insert(host).second) continue;
    jail::Network out;
    out.mode = jail::NetworkMode::build;
    out.bridge = bridge_;
    out.veth = "wv" + options_.installation + "." + std::to_string(host);
    out.address = address_in(subnet_, host);
    out.gateway = gateway();
    out.resolvers = options_.resolvers;
    return out;
  }
  return fail(ErrorKind::unavailable, "network.full",
              "Too many builds run at the same time on this worker; wait for one to end.");
}

void BuildNetwork::release(const jail::Network& lease) {
  const auto dot = lease.address.rfind('.');
  if (dot != std::string::npos) leased_.erase(std::atoi(lease.address.c_str() + dot + 1));
}

}  // namespace builds
