#include "control-plane/app/all_in_one/ready_probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace all_in_one {
namespace {

constexpr std::string_view kRequest = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
constexpr std::string_view kGood = "HTTP/1.1 200";
constexpr int kPatienceSteps = 100;

}  // namespace

bool ReadyProbe::connect() {
  socket_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_.valid()) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  patience_ = kPatienceSteps;
  const int result = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return result == 0 || errno == EINPROGRESS;
}

void ReadyProbe::give_up() {
  socket_.reset();
  sent_ = false;
  answer_.clear();
}

bool ReadyProbe::step() {
  if (!socket_.valid() && !connect()) {
    give_up();
    return false;
  }
  if (!sent_) {
    const auto sent = ::send(socket_.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
    sent_ = sent == static_cast<ssize_t>(kRequest.size());
    if (!sent_ && errno != EAGAIN && errno != ENOTCONN) give_up();
    if (!sent_) return false;
  }
  std::array<char, 512> buffer{};
  const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got > 0) answer_.append(buffer.data(), static_cast<std::size_t>(got));
  const bool good = answer_.starts_with(kGood);
  const bool over = got == 0 || answer_.size() >= kGood.size() || (got < 0 && errno != EAGAIN) || --patience_ <= 0;
  if (good || over) give_up();
  return good;
}

}  // namespace all_in_one
