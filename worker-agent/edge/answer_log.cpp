#include "worker-agent/edge/answer_log.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"

namespace edge {
namespace {

constexpr int kLinesAtOnce = 64;  // before others on this thread have their turn

/// Bound by way of /proc/self/fd, for a socket's path has at most 107 bytes and the folder's may be longer.
base::UniqueFd bind_in(const std::filesystem::path& file) {
  ::unlink(file.c_str());
  const base::UniqueFd folder(::open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) base::throw_errno("open " + file.parent_path().string());
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) base::throw_errno("socket");
  const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + file.filename().string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw base::Failure("the name of the answer log is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    base::throw_errno("bind " + file.string());
  }
  // HAProxy runs as another user; who may come here at all the folder says.
  if (::chmod(file.c_str(), 0666) != 0) base::throw_errno("chmod " + file.string());
  return socket;
}

}  // namespace

struct AnswerLog::State {
  boost::asio::posix::stream_descriptor descriptor;
  std::filesystem::path file;
  OnLine on_line;
};

AnswerLog::AnswerLog(boost::asio::any_io_executor executor, std::filesystem::path file, OnLine on_line)
    : state_(std::make_unique<State>(
          State{boost::asio::posix::stream_descriptor(executor), std::move(file), std::move(on_line)})) {}

AnswerLog::~AnswerLog() = default;

async::Task<void> AnswerLog::run() {
  auto& descriptor = state_->descriptor;
  if (descriptor.is_open()) descriptor.close();
  descriptor.assign(bind_in(state_->file).release());
  std::array<char, 1024> line{};
  for (;;) {
    co_await descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::use_awaitable);
    for (int i = 0; i < kLinesAtOnce; ++i) {
      const auto got = ::recv(descriptor.native_handle(), line.data(), line.size(), 0);
      if (got < 0) break;
      state_->on_line(std::string_view(line.data(), static_cast<std::size_t>(got)));
    }
  }
}

}  // namespace edge
