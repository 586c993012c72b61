#include "tests/support/forbidden_places.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace support {
namespace {

bool ip(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/sbin/ip");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (::posix_spawn(&pid, "/sbin/ip", nullptr, nullptr, argv.data(), environ) != 0) return false;
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status == 0;
}

sockaddr_in to_address(const std::string& text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

/// The host's first IPv4 address that is neither loopback nor a bridge of ours.
std::string host_address() {
  ifaddrs* all = nullptr;
  std::string found = "127.0.0.1";
  if (::getifaddrs(&all) != 0) return found;
  for (const auto* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    const std::string name = one->ifa_name;
    if (name == "lo" || name.starts_with("wh")) continue;
    char text[INET_ADDRSTRLEN];
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text);
    found = text;
    break;
  }
  ::freeifaddrs(all);
  return found;
}

}  // namespace

ForbiddenPlaces::ForbiddenPlaces()
    : bridge_("wf" + std::to_string(::getpid())),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  const bool made = ip({"link", "add", "name", bridge_, "type", "bridge"}) &&
                    ip({"address", "add", "10.50.0.1/32", "dev", bridge_}) &&
                    ip({"address", "add", "169.254.169.254/32", "dev", bridge_}) &&
                    ip({"link", "set", "dev", bridge_, "up"});
  sockaddr_in any = to_address("0.0.0.0", 0);
  socklen_t size = sizeof any;
  if (!made || ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&any), size) != 0 ||
      ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&any), &size) != 0) {
    ip({"link", "del", "dev", bridge_});
    throw std::runtime_error("the forbidden places could not be made");
  }
  port_ = ntohs(any.sin_port);
}

ForbiddenPlaces::~ForbiddenPlaces() {
  ip({"link", "del", "dev", bridge_});
}

std::vector<std::pair<std::string, std::string>> ForbiddenPlaces::places(
    const std::vector<std::string>& gateways) const {
  std::vector<std::pair<std::string, std::string>> out = {
      {"mesh", "10.50.0.1"}, {"metadata", "169.254.169.254"}, {"host", host_address()}};
  for (const auto& gateway : gateways) out.emplace_back("gateway", gateway);
  return out;
}

int ForbiddenPlaces::visitors() const {
  int found = 0;
  for (int one = 0; (one = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ++found) ::close(one);
  return found;
}

bool ForbiddenPlaces::reachable(const std::string& address) const {
  const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in target = to_address(address, port_);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0;
}

}  // namespace support
