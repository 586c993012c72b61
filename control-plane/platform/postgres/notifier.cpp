#include "control-plane/platform/postgres/notifier.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "common/base/failure.hpp"
#include "common/base/guarded.hpp"
#include "common/base/unique_fd.hpp"
#include "common/log/log.hpp"

namespace postgres {
namespace {

constexpr std::size_t kMostWaiting = 2'000;
constexpr int kReconnectMs = 500;
constexpr const char* kPublish = "SELECT pg_notify('wh_live', topic) FROM unnest($1::text[]) AS topic";
// A notification is no state: nobody waits for its way to the disk.
constexpr const char* kListen = "SET synchronous_commit = off; SET application_name = 'wh-live'; LISTEN wh_live";

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Link = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Clear>;

bool good(const Answer& answer) {
  const auto status = PQresultStatus(answer.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/// Topics are words, colons, dashes and ids: nothing that an array literal would have to quote.
std::string array_literal(const std::set<std::string>& topics) {
  std::string text = "{";
  for (const auto& topic : topics) text += (text.size() > 1 ? "," : "") + topic;
  return text + "}";
}

}  // namespace

struct Notifier::Impl {
  Impl(std::string dsn_, Receive receive_) : dsn(std::move(dsn_)), receive(std::move(receive_)) {
    wake = base::UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake.valid()) base::throw_errno("eventfd");
    thread = std::thread([this] { serve(); });
  }

  void signal() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake.get(), &one, sizeof one);
  }
  void drain() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake.get(), &count, sizeof count);
  }

  Link connect() const {
    Link link(PQconnectdb(dsn.c_str()));
    if (PQstatus(link.get()) != CONNECTION_OK) return nullptr;
    const Answer listening(PQexec(link.get(), kListen));
    return good(listening) ? std::move(link) : nullptr;
  }

  void serve() {
    ::pthread_setname_np(::pthread_self(), "notifier");
    bool told = false;
    while (!stopping) {
      auto link = connect();
      if (link) {
        told = false;
        receive({});
        talk(*link);
      }
      if (stopping) return;
      if (!std::exchange(told, true)) logging::warn("live.disconnected", {{"retry_ms", kReconnectMs}});
      pollfd wait{.fd = wake.get(), .events = 0, .revents = 0};
      ::poll(&wait, 1, kReconnectMs);
    }
  }

  /// Until the connection breaks or the end.
  void talk(PGconn& link) {
    while (!stopping) {
      std::array<pollfd, 2> waits{pollfd{.fd = wake.get(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = PQsocket(&link), .events = POLLIN, .revents = 0}};
      ::poll(waits.data(), waits.size(), -1);
      drain();
      if (stopping || !send(link) || PQconsumeInput(&link) != 1) return;
      hear(link);
    }
  }

  bool send(PGconn& link) {
    const auto topics = waiting.with([](auto& all) { return std::exchange(all, {}); });
    if (topics.empty()) return true;
    const auto text = array_literal(topics);
    const std::array<const char*, 1> values{text.c_str()};
    const Answer sent(PQexecParams(&link, kPublish, 1, nullptr, values.data(), nullptr, nullptr, 0));
    return good(sent);
  }

  void hear(PGconn& link) const {
    while (PGnotify* const notify = PQnotifies(&link)) {
      const bool ours = notify->be_pid == PQbackendPID(&link);
      const std::string topic(notify->extra);
      PQfreemem(notify);
      if (!ours) receive(topic);
    }
  }

  std::string dsn;
  Receive receive;
  base::UniqueFd wake;
  base::Guarded<std::set<std::string>> waiting;
  std::atomic<bool> stopping{false};
  std::thread thread;
};

Notifier::Notifier(std::string dsn, Receive receive)
    : impl_(std::make_unique<Impl>(std::move(dsn), std::move(receive))) {}

Notifier::~Notifier() {
  stop();
}

void Notifier::publish(std::string topic) {
  const bool first = impl_->waiting.with([&](auto& all) {
    if (all.size() >= kMostWaiting) return false;
    const bool was_empty = all.empty();
    all.insert(std::move(topic));
    return was_empty;
  });
  if (first) impl_->signal();
}

void Notifier::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->stopping = true;
  impl_->signal();
  impl_->thread.join();
}

}  // namespace postgres
