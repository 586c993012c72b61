#include "worker-agent/runtime/bridge_ports.hpp"

#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <string_view>
#include <system_error>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"

namespace runtime {
namespace {

constexpr std::size_t kAnswerBytes = 64 * 1024;
constexpr std::string_view kPodmansNamespace = "netns-";

template <class T>
std::optional<T> read_as(std::string_view bytes) {
  T value{};
  if (bytes.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// One message to the kernel.
class Request {
 public:
  template <class Head>
  Request(std::uint16_t type, std::uint16_t flags, const Head& head) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    append(&header, sizeof header);
    append(&head, sizeof head);
  }
  void add(std::uint16_t type, std::uint32_t value) {
    const rtattr attribute{.rta_len = RTA_LENGTH(sizeof value), .rta_type = type};
    append(&attribute, sizeof attribute);
    append(&value, sizeof value);
  }
  std::string finished() const {
    std::string bytes = bytes_;
    const auto size = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(bytes.data(), &size, sizeof size);
    return bytes;
  }

 private:
  void append(const void* what, std::size_t size) {
    bytes_.append(static_cast<const char*>(what), size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  std::string bytes_;
};

using Attributes = std::map<int, std::string_view>;

Attributes attributes_of(std::string_view bytes) {
  Attributes found;
  while (const auto head = read_as<rtattr>(bytes)) {
    const std::size_t size = head->rta_len;
    if (size < sizeof(rtattr) || size > bytes.size()) break;
    found[head->rta_type & NLA_TYPE_MASK] = bytes.substr(RTA_LENGTH(0), size - RTA_LENGTH(0));
    bytes.remove_prefix(std::min<std::size_t>(RTA_ALIGN(size), bytes.size()));
  }
  return found;
}

template <class T>
std::optional<T> attribute(const Attributes& attributes, int type) {
  const auto at = attributes.find(type);
  return at == attributes.end() ? std::nullopt : read_as<T>(at->second);
}

/// What follows the head of a message.
template <class Head>
std::string_view after(std::string_view message) {
  return message.substr(std::min<std::size_t>(NLMSG_ALIGN(sizeof(Head)), message.size()));
}

/// Hands each message of an answer to `take`. Returns the errno value that the kernel ended with.
int ask(const Request& request, const std::function<void(std::string_view)>& take) {
  const base::UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  const auto bytes = request.finished();
  if (!socket.valid() || ::send(socket.get(), bytes.data(), bytes.size(), 0) < 0) base::throw_errno("ask the kernel");
  const bool many = (read_as<nlmsghdr>(bytes)->nlmsg_flags & NLM_F_DUMP) != 0;
  std::string answer(kAnswerBytes, '\0');
  for (;;) {
    const auto got = ::recv(socket.get(), answer.data(), answer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_errno("the kernel's answer");
    std::string_view rest(answer.data(), static_cast<std::size_t>(got));
    while (const auto head = read_as<nlmsghdr>(rest)) {
      if (head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > rest.size()) break;
      const auto message = rest.substr(NLMSG_HDRLEN, head->nlmsg_len - NLMSG_HDRLEN);
      if (head->nlmsg_type == NLMSG_DONE) return 0;
      if (head->nlmsg_type == NLMSG_ERROR) return -read_as<nlmsgerr>(message).value_or(nlmsgerr{}).error;
      take(message);
      if (!many) return 0;
      rest.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(head->nlmsg_len), rest.size()));
    }
  }
}

std::string text(std::string_view attribute) {
  return std::string(attribute.substr(0, attribute.find('\0')));
}

/// Empty where there is no such folder.
std::vector<std::filesystem::path> list(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) entries.push_back(at->path());
  if (error && error != std::errc::no_such_file_or_directory)
    base::throw_errno("list " + folder.string(), error.value());
  return entries;
}

std::filesystem::path net_of(const std::string& pid) {
  return std::filesystem::path("/proc") / pid / "ns" / "net";
}

/// "net:[4026531840]"; nothing when the process has ended, or may do more than this one and so shows nothing: then it
/// is none of a container's.
std::optional<std::string> namespace_name(const std::string& pid) {
  std::error_code error;
  auto name = std::filesystem::read_symlink(net_of(pid), error).string();
  if (!error) return name;
  for (const auto told :
       {std::errc::no_such_file_or_directory, std::errc::no_such_process, std::errc::permission_denied}) {
    if (error == told) return std::nullopt;
  }
  base::throw_errno("read " + net_of(pid).string(), error.value());
}

}  // namespace

std::vector<BridgePort> blocking_bridge_ports(const std::string& prefix) {
  Request request(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{});
  request.add(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  std::map<int, std::string> names;
  std::map<int, int> bridge_of;  // by the port's index
  std::vector<BridgePort> ports;
  const int error = ask(request, [&](std::string_view message) {
    const auto link = read_as<ifinfomsg>(message);
    if (!link) return;
    const auto attributes = attributes_of(after<ifinfomsg>(message));
    const auto name = attributes.find(IFLA_IFNAME);
    if (name == attributes.end()) return;
    names[link->ifi_index] = text(name->second);
    const auto master = attribute<int>(attributes, IFLA_MASTER);
    const auto peer = attribute<int>(attributes, IFLA_LINK_NETNSID);
    if (!master || !peer || *peer < 0) return;
    bridge_of[link->ifi_index] = *master;
    ports.push_back({.index = link->ifi_index, .name = text(name->second), .bridge = {}, .namespace_id = *peer});
  });
  if (error != 0) base::throw_errno("list interfaces", error);
  for (auto& port : ports) port.bridge = names[bridge_of[port.index]];
  std::erase_if(ports, [&](const BridgePort& port) { return !port.bridge.starts_with(prefix); });
  return ports;
}

std::optional<int> blocking_namespace_id(const std::filesystem::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() && (errno == ENOENT || errno == ESRCH)) return std::nullopt;
  if (!fd.valid()) base::throw_errno("open " + file.string());
  Request request(RTM_GETNSID, 0, rtgenmsg{});
  request.add(NETNSA_FD, static_cast<std::uint32_t>(fd.get()));
  std::optional<int> id;
  const int error = ask(request, [&](std::string_view message) {
    id = attribute<int>(attributes_of(after<rtgenmsg>(message)), NETNSA_NSID);
  });
  if (error != 0 && error != EINVAL) base::throw_errno("the namespace of " + file.string(), error);
  return id && *id >= 0 ? id : std::nullopt;
}

std::set<int> blocking_inhabited_namespaces() {
  std::set<std::string> seen;
  std::set<int> ids;
  for (const auto& entry : list("/proc")) {
    const auto pid = entry.filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto name = namespace_name(pid);
    if (!name || seen.contains(*name)) continue;
    if (const auto id = blocking_namespace_id(net_of(pid))) ids.insert(*id);
    // One that ended meanwhile says nothing of those that live where it lived.
    if (namespace_name(pid) == name) seen.insert(*name);
  }
  return ids;
}

bool blocking_remove_port(const BridgePort& port, const std::filesystem::path& mounts) {
  // Found while the port is there: until it goes, the number is that of the namespace behind it.
  std::vector<std::filesystem::path> held_by;
  for (const auto& file : list(mounts)) {
    if (!file.filename().string().starts_with(kPodmansNamespace)) continue;
    if (blocking_namespace_id(file) == port.namespace_id) held_by.push_back(file);
  }
  ifinfomsg link{};
  link.ifi_index = port.index;
  const int error = ask(Request(RTM_DELLINK, NLM_F_ACK, link), [](std::string_view) {});
  if (error == ENODEV) return false;
  if (error != 0) base::throw_errno("remove " + port.name, error);
  for (const auto& file : held_by) {
    std::error_code ignored;
    if (::umount2(file.c_str(), MNT_DETACH) == 0) std::filesystem::remove(file, ignored);
  }
  return true;
}

}  // namespace runtime
