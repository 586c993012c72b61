#include "worker-agent/runtime/stale_ports.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "common/log/log.hpp"
#include "worker-agent/runtime/host_tool.hpp"

namespace runtime {
namespace {

constexpr std::string_view kAllPorts = "NETAVARK-HOSTPORT-DNAT";
constexpr std::string_view kPortsOfNetwork = "NETAVARK-DN-";
constexpr std::string_view kNetwork = "NETAVARK-";

/// What one `-A` line of `iptables-save` says, as far as it matters here.
struct Rule {
  std::string_view line;
  std::string_view chain;
  std::string_view jump;
  std::string_view container;  ///< its full id, from the comment
  int port{0};
};

std::string_view word_after(std::string_view line, std::string_view key) {
  const auto at = line.find(key);
  if (at == std::string_view::npos) return {};
  const auto rest = line.substr(at + key.size());
  return rest.substr(0, rest.find_first_of(" \""));
}

int number(std::string_view text) {
  int value = 0;
  const auto end = text.data() + text.size();
  return std::from_chars(text.data(), end, value).ptr == end ? value : 0;
}

std::vector<Rule> parse(std::string_view saved) {
  std::vector<Rule> rules;
  while (!saved.empty()) {
    const auto end = std::min(saved.find('\n'), saved.size());
    const auto line = saved.substr(0, end);
    saved.remove_prefix(std::min(end + 1, saved.size()));
    if (!line.starts_with("-A ")) continue;
    rules.push_back({.line = line,
                     .chain = word_after(line, "-A "),
                     .jump = word_after(line, " -j "),
                     .container = word_after(line, " id: "),
                     .port = number(word_after(line, " --dport "))});
  }
  return rules;
}

using Forwarded = std::set<std::pair<std::string_view, int>>;  ///< (chain of the network, host port)

/// The rules that go, in the order in which they stand.
class Forgetting {
 public:
  Forgetting(const std::vector<Rule>& rules, text::PortRange ports, const std::set<std::string>& containers)
      : rules_(rules) {
    for (const auto& rule : rules) {
      if (rule.chain != kAllPorts || rule.port < ports.first || rule.port > ports.last) continue;
      if (!rule.jump.starts_with(kPortsOfNetwork) || rule.container.empty()) continue;
      const bool known = containers.contains(std::string(rule.container));
      (known ? live_ : stale_).emplace(rule.jump, rule.port);
      if (!known) remove(rule);
    }
  }

  std::string script() {
    if (stale_.empty()) return {};
    std::set<std::string_view> emptied;
    for (const auto& [chain, port] : stale_) emptied.insert(chain);
    for (const auto& rule : rules_) {
      if (!rule.chain.starts_with(kPortsOfNetwork)) continue;
      const Forwarded::value_type forwarded{rule.chain, rule.port};
      if (stale_.contains(forwarded) && !live_.contains(forwarded)) {
        remove(rule);
      } else {
        emptied.erase(rule.chain);
      }
    }
    for (const auto chain : emptied) forget_network(chain);
    return "*nat\n" + script_ + "COMMIT\n";
  }

 private:
  void remove(const Rule& rule) { script_.append("-D").append(rule.line.substr(2)).append("\n"); }

  /// Nothing is forwarded into that network any more: its chains go too.
  void forget_network(std::string_view ports_chain) {
    const std::string chain = std::string(kNetwork).append(ports_chain.substr(kPortsOfNetwork.size()));
    for (const auto& rule : rules_) {
      if (rule.jump == chain) remove(rule);
    }
    const bool there = std::ranges::any_of(rules_, [&](const Rule& rule) { return rule.chain == chain; });
    if (there) script_.append("-F ").append(chain).append("\n-X ").append(chain).append("\n");
    script_.append("-X ").append(ports_chain).append("\n");
  }

  const std::vector<Rule>& rules_;
  Forwarded live_;
  Forwarded stale_;
  std::string script_;
};

}  // namespace

std::string forget_stale_ports(std::string_view saved, text::PortRange ports, const std::set<std::string>& containers) {
  const auto rules = parse(saved);
  return Forgetting(rules, ports, containers).script();
}

async::Task<base::Result<std::string>> forwarding_rules(base::Deadline deadline) {
  return output_of({.argv = {"/usr/sbin/iptables-save", "-t", "nat"}, .env = {}}, deadline);
}

async::Task<base::Result<void>> drop_stale_ports(std::string saved, text::PortRange ports,
                                                 std::set<std::string> containers, base::Deadline deadline) {
  auto script = forget_stale_ports(saved, ports, containers);
  if (script.empty()) co_return base::Result<void>{};
  logging::warn("host.stale_port_rules",
                {{"first_port", ports.first}, {"rules", std::ranges::count(script, '\n') - 2}});
  async::ProcessSpec restore{
      .argv = {"/usr/sbin/iptables-restore", "--noflush", "--wait", "5"}, .env = {}, .stdin_data = std::move(script)};
  CO_TRY_CHECK(co_await output_of(std::move(restore), deadline));
  co_return base::Result<void>{};
}

}  // namespace runtime
