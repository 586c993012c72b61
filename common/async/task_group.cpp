#include "common/async/task_group.hpp"

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <vector>

#include "common/async/wait.hpp"
#include "common/base/guarded.hpp"
#include "common/log/log.hpp"

namespace asio = boost::asio;

namespace async {
namespace {

constexpr base::Duration kLastGrace = std::chrono::seconds(2);

struct Child {
  explicit Child(std::string name_) : name(std::move(name_)) {}
  const std::string name;
  asio::cancellation_signal stop;  // touched on the executor only
};

void log_failure(const std::string& name, const std::exception_ptr& error, bool stopping) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted && stopping) return;
    logging::error("task.failed", {{"task", name}, {"error", e.what()}});
  } catch (const std::exception& e) {
    logging::error("task.failed", {{"task", name}, {"error", e.what()}});
  } catch (...) {
    logging::error("task.failed", {{"task", name}, {"error", "unknown exception"}});
  }
}

}  // namespace

struct TaskGroup::State : std::enable_shared_from_this<State> {
  explicit State(const asio::any_io_executor& executor) : changed(executor) {}

  void add(std::string name, Task<void> task);
  void start(std::uint64_t id, const std::shared_ptr<Child>& child, Task<void> task);
  void remove(std::uint64_t id);
  void cancel();
  bool empty() const {
    return children.with([](const auto& all) { return all.empty(); });
  }
  std::vector<std::shared_ptr<Child>> snapshot() const;

  asio::steady_timer changed;  // cancelled when a child has ended
  base::Guarded<std::map<std::uint64_t, std::shared_ptr<Child>>> children;
  std::atomic<std::uint64_t> last_id{0};
  std::atomic<bool> stopping{false};
};

void TaskGroup::State::add(std::string name, Task<void> task) {
  if (stopping) return;
  const std::uint64_t id = ++last_id;
  auto child = std::make_shared<Child>(std::move(name));
  children.with([&](auto& all) { all.emplace(id, child); });
  asio::post(changed.get_executor(), [self = shared_from_this(), id, child, task = std::move(task)]() mutable {
    self->start(id, child, std::move(task));
  });
}

void TaskGroup::State::start(std::uint64_t id, const std::shared_ptr<Child>& child, Task<void> task) {
  if (stopping) return remove(id);
  auto ended = [self = shared_from_this(), id, child](const std::exception_ptr& error) {
    if (error) log_failure(child->name, error, self->stopping);
    self->remove(id);
  };
  asio::co_spawn(changed.get_executor(), std::move(task),
                 asio::bind_cancellation_slot(child->stop.slot(), std::move(ended)));
}

void TaskGroup::State::remove(std::uint64_t id) {
  children.with([id](auto& all) { all.erase(id); });
  changed.cancel();
}

void TaskGroup::State::cancel() {
  stopping = true;
  if (empty()) return;
  asio::post(changed.get_executor(), [self = shared_from_this()] {
    for (const auto& child : self->snapshot()) child->stop.emit(asio::cancellation_type::terminal);
  });
}

std::vector<std::shared_ptr<Child>> TaskGroup::State::snapshot() const {
  std::vector<std::shared_ptr<Child>> copy;
  children.with([&](const auto& all) {
    for (const auto& [id, child] : all) copy.push_back(child);
  });
  return copy;
}

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}
TaskGroup::~TaskGroup() {
  state_->cancel();
}
void TaskGroup::spawn(std::string name, Task<void> task) {
  state_->add(std::move(name), std::move(task));
}
void TaskGroup::cancel() {
  state_->cancel();
}
std::size_t TaskGroup::size() const {
  return state_->children.with([](const auto& all) { return all.size(); });
}

Task<void> TaskGroup::join(base::Deadline deadline) {
  return join_on(state_, deadline);
}

Task<void> TaskGroup::join_on(std::shared_ptr<State> state, base::Deadline deadline) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);  // a joiner that is cancelled still waits, after cancelling
  bool patient = true;
  while (!state->empty() && patient) {
    co_await detail::wait_until(state->changed, deadline.time());
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    patient =
        cancellation.cancelled() == asio::cancellation_type::none && std::chrono::steady_clock::now() < deadline.time();
  }
  if (!state->empty()) state->cancel();
  const base::SteadyTime end = detail::time_after(kLastGrace);
  while (!state->empty() && std::chrono::steady_clock::now() < end) co_await detail::wait_until(state->changed, end);
  for (const auto& child : state->snapshot()) logging::error("task.stuck", {{"task", child->name}});
  co_await asio::this_coro::throw_if_cancelled(throws);
}

}  // namespace async
