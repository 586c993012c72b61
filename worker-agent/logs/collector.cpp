#include "worker-agent/logs/collector.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"

namespace logs {
namespace {

constexpr base::Duration kLongest = std::chrono::seconds(1);
constexpr base::Duration kLookAtAllEvery = std::chrono::seconds(5);
/// Between two looks at one file: after a few lines, after much, and while lines are left out.
constexpr base::Duration kSoon = std::chrono::microseconds(500);
constexpr base::Duration kBusy = std::chrono::milliseconds(5);
constexpr base::Duration kLimited = std::chrono::milliseconds(50);
constexpr std::uint64_t kMuch = 64 * 1024;

/// What the parts of one log have on the disk, without opening it.
std::uint64_t blocking_size(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::error_code gone;
    const auto size = file.path().extension() == ".seg" ? file.file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

base::SteadyTime::duration steady(base::Duration duration) {
  return std::chrono::duration_cast<base::SteadyTime::duration>(duration);
}

}  // namespace

Collector::Collector(CollectorOptions options)
    : options_(std::move(options)),
      inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  std::filesystem::create_directories(options_.raw_folder);
  std::filesystem::create_directories(options_.spool_folder);
  if (!inotify_.valid() || !wake_.valid()) base::throw_errno("watch the logs");
  if (::inotify_add_watch(inotify_.get(), options_.raw_folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
    base::throw_errno("watch " + options_.raw_folder.string());
  }
  thread_ = std::thread([this] { run(); });
}

Collector::~Collector() {
  stopping_ = true;
  wake();
  thread_.join();
}

void Collector::wake() {
  const std::uint64_t one = 1;
  (void)::write(wake_.get(), &one, sizeof one);
}

std::filesystem::path Collector::raw_file(base::ReplicaId replica) const {
  return options_.raw_folder / (replica.to_string() + ".log");
}

std::shared_ptr<Collector::Log> Collector::find_or_open(Logs& logs, base::ReplicaId replica, bool make) {
  const auto found = logs.find(replica);
  if (found != logs.end()) return found->second;
  const auto folder = options_.spool_folder / replica.to_string();
  if (!make && !std::filesystem::exists(folder)) return nullptr;
  auto log = std::make_shared<Log>();
  log->spool = std::make_shared<ReplicaSpool>(folder, options_.most_bytes_a_replica);
  logs[replica] = log;
  return log;
}

void Collector::know(base::ReplicaId replica, const std::vector<std::string>& values) {
  auto intake = [&](const std::shared_ptr<ReplicaSpool>& spool) {
    return std::make_unique<Intake>(raw_file(replica), spool, Masker(values), options_.limits, options_.raw_file_bytes);
  };
  logs_.with([&](Logs& logs) {
    const auto log = find_or_open(logs, replica, true);
    if (!log->intake) log->intake = intake(log->spool);
    log->grew = true;
  });
  wake();
}

bool Collector::knows(base::ReplicaId replica) const {
  return logs_.with([&](const Logs& logs) {
    const auto found = logs.find(replica);
    return found != logs.end() && found->second->intake != nullptr;
  });
}

void Collector::expect(base::ReplicaId replica) {
  logs_.with([&](Logs& logs) { find_or_open(logs, replica, true); });
}

std::shared_ptr<ReplicaSpool> Collector::spool(base::ReplicaId replica) {
  return logs_.with([&](Logs& logs) -> std::shared_ptr<ReplicaSpool> {
    const auto log = find_or_open(logs, replica, false);
    return log ? log->spool : nullptr;
  });
}

bool Collector::drained(base::ReplicaId replica) const {
  return logs_.with([&](const Logs& logs) {
    const auto found = logs.find(replica);
    return found == logs.end() || !found->second->intake || (found->second->drained && !found->second->grew);
  });
}

void Collector::blocking_sync() {
  std::vector<std::shared_ptr<ReplicaSpool>> spools;
  logs_.with([&](const Logs& logs) {
    for (const auto& [id, log] : logs) spools.push_back(log->spool);
  });
  std::optional<base::Failure> failed;  // of one log; the others are made durable all the same
  for (const auto& spool : spools) {
    try {
      spool->sync();
    } catch (const base::Failure& failure) {
      failed = failure;
    }
  }
  if (failed) throw *failed;
}

void Collector::run() {
  ::pthread_setname_np(::pthread_self(), "logs");
  base::Duration pause{};
  while (!stopping_) {
    wait(pause);
    try {
      read_events();
      pause = look_at_all();
      if (clock_.steady_now() - tidied_ >= steady(options_.tidy_every)) tidy();
    } catch (const std::exception& failure) {
      logging::error("logs.collector_failed", {{"reason", failure.what()}});
      pause = kLongest;
    }
  }
}

void Collector::wait(base::Duration at_most) {
  std::array<pollfd, 2> waiting{{{inotify_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(at_most).count();
  const timespec timeout{.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
  (void)::ppoll(waiting.data(), waiting.size(), &timeout, nullptr);
  std::uint64_t count = 0;
  (void)::read(wake_.get(), &count, sizeof count);
}

void Collector::read_events() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer{};
  for (;;) {
    const auto got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_Q_OVERFLOW) != 0) looked_at_all_ = {};
      const std::string_view name(event->len > 0 ? static_cast<const char*>(event->name) : "");
      if (!name.ends_with(".log")) continue;
      const auto id = base::ReplicaId::parse(name.substr(0, name.size() - 4));
      if (!id) continue;
      logs_.with([&](Logs& logs) {
        const auto found = logs.find(*id);
        if (found == logs.end()) return;
        found->second->grew = true;
        if ((event->mask & IN_MOVED_TO) != 0) ++found->second->replaced;
      });
    }
  }
}

/// Looks at what grew. Returns how long to sleep when nothing is heard.
base::Duration Collector::look_at_all() {
  const auto now = clock_.steady_now();
  const bool all = now - looked_at_all_ >= steady(kLookAtAllEvery);
  if (all) looked_at_all_ = now;
  std::vector<std::pair<base::ReplicaId, std::shared_ptr<Log>>> due;
  base::Duration pause = kLongest;
  logs_.with([&](Logs& logs) {
    for (auto& [id, log] : logs) {
      if (!log->intake) continue;
      log->grew = log->grew || all;
      if (!log->grew) continue;
      if (log->due > now) {
        pause = std::min<base::Duration>(pause, log->due - now);
      } else {
        log->grew = false;
        log->drained = false;
        due.emplace_back(id, log);
      }
    }
  });
  for (const auto& [id, log] : due) {
    try {
      look_at(*log, clock_.steady_now());
    } catch (const std::exception& failure) {
      // One log that cannot be written holds up no other; it is tried again.
      logging::error("logs.not_taken", {{"replica", id.to_string()}, {"reason", failure.what()}});
      logs_.with([&, failed = log](Logs&) {
        failed->grew = true;
        failed->due = clock_.steady_now() + steady(kLongest);
      });
    }
    if (log->due != base::SteadyTime{}) {
      pause = std::min<base::Duration>(pause, std::max<base::SteadyTime::duration>(log->due - now, {}));
    }
  }
  return pause;
}

void Collector::look_at(Log& log, base::SteadyTime now) {
  const auto replaced = logs_.with([&](const Logs&) { return log.replaced; });
  const auto taken = log.intake->take(now, replaced);
  const auto rest = taken.limited ? kLimited : taken.more ? base::Duration{} : taken.bytes > kMuch ? kBusy : kSoon;
  logs_.with([&](const Logs&) {
    log.due = now + steady(rest);
    log.grew = log.grew || taken.more || taken.limited;
    log.drained = !taken.more;
  });
}

/// Whether its replica left this host so long ago that nobody looks for its log any more.
bool Collector::is_over(base::ReplicaId replica) const {
  std::error_code error;
  if (std::filesystem::exists(raw_file(replica), error) || error) return false;
  const auto folder = options_.spool_folder / replica.to_string();
  auto written = std::filesystem::last_write_time(folder / "state", error);
  if (error) written = std::filesystem::last_write_time(folder, error);
  return !error && std::filesystem::file_time_type::clock::now() - written > options_.keep_after_end;
}

void Collector::tidy() {
  tidied_ = clock_.steady_now();
  Sizes sizes;
  std::set<base::ReplicaId> unreadable;
  std::error_code error;
  std::filesystem::directory_iterator entry(options_.spool_folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto id = base::ReplicaId::parse(entry->path().filename().string());
    if (!id) continue;
    try {
      if (is_over(*id)) {
        logs_.with([&](Logs& logs) { logs.erase(*id); });
        std::filesystem::remove_all(entry->path());
      } else {
        sizes[*id] = blocking_size(entry->path());
      }
    } catch (const std::exception& failure) {
      // One folder that cannot be read leaves the bound on all others in force; told once.
      unreadable.insert(*id);
      if (unreadable_.contains(*id)) continue;
      logging::error("logs.folder_unreadable", {{"replica", id->to_string()}, {"reason", failure.what()}});
    }
  }
  unreadable_ = std::move(unreadable);
  keep_within_bound(std::move(sizes));
}

/// Drops the oldest of the largest until all together have no more than they may.
void Collector::keep_within_bound(Sizes sizes) {
  std::uint64_t total = 0;
  for (const auto& [id, size] : sizes) total += size;
  while (total > options_.most_bytes && !sizes.empty()) {
    const auto largest = std::ranges::max_element(sizes, {}, [](const auto& entry) { return entry.second; });
    std::uint64_t left = largest->second;
    try {
      if (const auto log = spool(largest->first)) {
        log->drop_oldest();
        left = log->kept_bytes();
      }
    } catch (const std::exception& failure) {
      logging::error("logs.not_dropped", {{"replica", largest->first.to_string()}, {"reason", failure.what()}});
    }
    if (left >= largest->second) {
      sizes.erase(largest);  // nothing of it may go
    } else {
      total -= largest->second - left;
      largest->second = left;
    }
  }
}

void Collector::let_go(const std::function<bool(base::ReplicaId)>& is_here) {
  const auto now = clock_.steady_now();
  logs_.with([&](Logs& logs) {
    std::erase_if(logs, [&](const auto& entry) {
      Log& log = *entry.second;
      if (is_here(entry.first)) {
        log.left = {};
        return false;
      }
      if (log.left == base::SteadyTime{}) {
        log.left = now;
        log.grew = log.intake != nullptr;  // one more look at what it printed at last
        return false;
      }
      const bool taken = !log.intake || (log.drained && !log.grew);
      const bool unread = log.spool.use_count() <= (log.intake ? 2 : 1);
      return taken && unread && now - log.left >= steady(options_.let_go_after);
    });
  });
}

}  // namespace logs
