#include "worker-agent/replicas/process_watch.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>

#include "common/base/kernel_file.hpp"
#include "common/base/unique_fd.hpp"

namespace replicas {
namespace {

bool command_line_holds(pid_t pid, const std::string& word) {
  const auto text = base::read_kernel_file("/proc/" + std::to_string(pid) + "/cmdline");
  return !word.empty() && text.find(word) != std::string::npos;
}

}  // namespace

std::optional<LifeMarks> take_marks(const runtime::ContainerInfo& container) {
  if (container.status != runtime::ContainerStatus::running || container.pid <= 1 || container.conmon_pid <= 1) {
    return std::nullopt;
  }
  const auto process = host::process_mark(container.pid);
  const auto conmon = host::process_mark(container.conmon_pid);
  if (!process || !conmon || !command_line_holds(container.conmon_pid, container.id)) return std::nullopt;
  return LifeMarks{*process, *conmon};
}

bool proves_alive(const runtime::ContainerInfo& container) {
  return take_marks(container).has_value();
}

bool still_alive(const LifeMarks& marks) {
  return host::process_mark(marks.process.pid) == marks.process && host::process_mark(marks.conmon.pid) == marks.conmon;
}

int blocking_memory_kills(const std::string& cgroup_parent, const std::string& container_id) {
  const auto group = cgroup_parent + "/libpod-" + container_id;
  for (const auto& file :
       {"/sys/fs/cgroup/memory" + group + "/memory.oom_control", "/sys/fs/cgroup" + group + "/memory.events"}) {
    std::ifstream in(file);
    std::string key;
    for (int value = 0; in >> key >> value;) {
      if (key == "oom_kill") return value;
    }
  }
  return 0;
}

struct ProcessWatch::Impl {
  Impl(boost::asio::any_io_executor executor, int fd) : pidfd(executor, fd) {}
  boost::asio::posix::stream_descriptor pidfd;
};

ProcessWatch::ProcessWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ProcessWatch::~ProcessWatch() = default;

std::unique_ptr<ProcessWatch> ProcessWatch::open(boost::asio::any_io_executor executor, host::ProcessMark mark) {
  base::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, mark.pid, 0)));
  // Checked after opening: the descriptor can then belong to no other process.
  if (!pidfd.valid() || host::process_mark(mark.pid) != mark) return nullptr;
  auto impl = std::make_unique<Impl>(std::move(executor), pidfd.get());
  pidfd.release();
  return std::unique_ptr<ProcessWatch>(new ProcessWatch(std::move(impl)));
}

async::Task<void> ProcessWatch::ended() {
  co_await impl_->pidfd.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::use_awaitable);
}

}  // namespace replicas
