#include "worker-agent/builds/jail/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"

namespace jail {
namespace {

constexpr const char* kIp = "/sbin/ip";
constexpr const char* kInside = "eth0";

/// Runs `ip -batch -` with `lines`; returns its exit code. Its complaints go to our standard error unless `quiet`.
int run_ip(const std::string& lines, bool quiet) {
  std::array<int, 2> input{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0) base::throw_errno("pipe");
  base::UniqueFd read_end(input[0]);
  base::UniqueFd write_end(input[1]);
  const pid_t pid = ::fork();
  if (pid < 0) base::throw_errno("fork");
  if (pid == 0) {
    ::dup2(read_end.get(), 0);
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(null, 1);
    if (quiet) ::dup2(null, 2);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const char* argv[] = {kIp, "-batch", "-", nullptr};
    const char* env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", nullptr};
    ::execve(kIp, const_cast<char**>(argv), const_cast<char**>(env));
    ::_exit(127);
  }
  read_end.reset();
  const bool written = ::write(write_end.get(), lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
  write_end.reset();
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return written && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

sockaddr ipv4(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1)
    throw base::Failure("'" + text + "' is not an IPv4 address");
  sockaddr out{};
  std::memcpy(&out, &address, sizeof out);
  return out;
}

sockaddr netmask(int prefix) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix));
  sockaddr out{};
  std::memcpy(&out, &address, sizeof out);
  return out;
}

void control(int socket, unsigned long request, void* argument, const char* what) {
  if (::ioctl(socket, request, argument) != 0) base::throw_errno(std::string("network: ") + what);
}

ifreq named(const char* interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  return request;
}

void bring_up(int socket, const char* interface) {
  ifreq request = named(interface);
  control(socket, SIOCGIFFLAGS, &request, "read flags");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
  control(socket, SIOCSIFFLAGS, &request, "bring up");
}

void no_ipv6() {
  for (const char* file :
       {"/proc/sys/net/ipv6/conf/all/disable_ipv6", "/proc/sys/net/ipv6/conf/default/disable_ipv6"}) {
    const base::UniqueFd fd(::open(file, O_WRONLY | O_CLOEXEC));
    // Absent where the kernel has no IPv6. The rules on the host drop it in any case.
    if (fd.valid() && ::write(fd.get(), "1", 1) != 1) continue;
  }
}

void add_default_route(int socket, const std::string& gateway) {
  rtentry route{};
  route.rt_dst = ipv4("0.0.0.0");
  route.rt_genmask = ipv4("0.0.0.0");
  route.rt_gateway = ipv4(gateway);
  route.rt_flags = RTF_UP | RTF_GATEWAY;
  control(socket, SIOCADDRT, &route, "default route");
}

}  // namespace

void connect_to_bridge(const Network& network, pid_t pid) {
  const std::string lines = "link add name " + network.veth + " master " + network.bridge + " type veth peer name " +
                            kInside + " netns " + std::to_string(pid) + "\n" +  //
                            "link set dev " + network.veth + " type bridge_slave isolated on\n" + "link set dev " +
                            network.veth + " addrgenmode none up\n";
  if (run_ip(lines, false) != 0)
    throw base::Failure("the build network could not be connected (bridge " + network.bridge + ")");
}

void disconnect(const std::string& veth) noexcept {
  if (veth.empty() || ::if_nametoindex(veth.c_str()) == 0) return;
  try {
    run_ip("link del dev " + veth + "\n", true);
  } catch (const base::Failure&) {
    // The kernel removes it with the jail's namespace.
  }
}

void configure_inside(const Network& network) {
  if (network.mode == NetworkMode::host) return;
  const base::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) base::throw_errno("socket");
  no_ipv6();
  bring_up(socket.get(), "lo");
  if (network.mode != NetworkMode::build) return;
  ifreq request = named(kInside);
  request.ifr_addr = ipv4(network.address);
  control(socket.get(), SIOCSIFADDR, &request, "address");
  request = named(kInside);
  request.ifr_netmask = netmask(network.prefix);
  control(socket.get(), SIOCSIFNETMASK, &request, "netmask");
  bring_up(socket.get(), kInside);
  add_default_route(socket.get(), network.gateway);
}

}  // namespace jail
