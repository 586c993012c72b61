#include "worker-agent/edge/traffic.hpp"

#include <algorithm>
#include <charconv>

namespace edge {
namespace {

constexpr std::size_t kBudget = std::size_t{36} << 10U;
constexpr std::size_t kMostFinals = 256;

// Bytes of JSON, at most.
std::size_t size_of(const protocol::LatencyRow& row) {
  return row.size() * 6;
}
std::size_t size_of(const protocol::EdgeAppStats& app) {
  return 350 + app.replicas.size() * 280 + size_of(app.latency_60s);
}
std::size_t size_of(const protocol::EdgeSwitchStats& record) {
  return 1300 + size_of(record.before.latency) + size_of(record.during.latency) + size_of(record.after.latency);
}

std::string_view next_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

void Traffic::plan(const Layout& layout, Moment now, bool restored) {
  std::erase_if(apps_, [&](const auto& entry) {
    if (layout.placed.contains(entry.first)) return false;
    by_backend_.erase(entry.second.backend());
    steps_of_gone_ += entry.second.steps();
    return true;
  });
  for (const auto& [app, placed] : layout.placed) {
    const auto backend = backend_name(placed.slot);
    auto& traffic = apps_.try_emplace(app, app, backend).first->second;
    by_backend_.insert_or_assign(backend, app);
    traffic.plan(placed.route, now, restored);
  }
  collect_finished();
}

void Traffic::counted(std::span<const ServerCounters> rows, Moment now) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && rows[end].backend == rows[begin].backend) ++end;
    const auto app = by_backend_.find(rows[begin].backend);
    if (app != by_backend_.end()) apps_.at(app->second).counted(rows.subspan(begin, end - begin), now);
    begin = end;
  }
  collect_finished();
}

void Traffic::answered(std::string_view line, base::SteadyTime now) {
  while (line.ends_with('\n')) line.remove_suffix(1);
  const auto app = by_backend_.find(next_word(line));
  if (app == by_backend_.end()) return;
  next_word(line);  // the server
  next_word(line);  // the status
  const auto word = next_word(line);
  std::uint64_t micros = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), micros);
  if (error != std::errc{} || end != word.data() + word.size()) return;
  apps_.at(app->second).answered(micros, now);
}

void Traffic::cut(const std::string& path, std::uint64_t connections) {
  const auto slash = path.find('/');
  const auto app = by_backend_.find(std::string_view(path).substr(0, slash));
  if (app != by_backend_.end() && slash != std::string::npos)
    apps_.at(app->second).cut(path.substr(slash + 1), connections);
}

void Traffic::interrupted(const std::string& gap) {
  ++restarts_;
  for (auto& [app, traffic] : apps_) traffic.interrupted(gap);
}

std::vector<std::string> Traffic::unmeasured() const {
  std::vector<std::string> backends;
  for (const auto& [app, traffic] : apps_) {
    if (traffic.unmeasured()) backends.push_back(traffic.backend());
  }
  return backends;
}

std::vector<std::string> Traffic::watched() const {
  std::vector<std::string> backends;
  for (const auto& [app, traffic] : apps_) {
    if (traffic.watched()) backends.push_back(traffic.backend());
  }
  return backends;
}

bool Traffic::has_open_switch() const {
  return std::ranges::any_of(apps_, [](const auto& entry) { return entry.second.has_open_switch(); });
}

std::uint64_t Traffic::steps() const {
  std::uint64_t sum = steps_of_gone_;
  for (const auto& [app, traffic] : apps_) sum += traffic.steps();
  return sum;
}

void Traffic::collect_finished() {
  for (auto& [app, traffic] : apps_) {
    for (auto& record : traffic.take_finished()) finals_.push_back(Final{std::move(record)});
  }
  while (finals_.size() > kMostFinals) finals_.pop_front();
}

void Traffic::add_switches(protocol::EdgeStats& stats, std::size_t& budget, Moment now) {
  const auto add = [&](protocol::EdgeSwitchStats record) {
    const std::size_t size = size_of(record);
    if (size > budget) return false;
    budget -= size;
    stats.switches.push_back(std::move(record));
    return true;
  };
  for (auto& final : finals_) {
    if (final.tell > 0 && add(final.stats)) --final.tell;
  }
  for (const auto& [app, traffic] : apps_) {
    if (auto record = traffic.open_switch(now)) add(*std::move(record));
  }
}

void Traffic::add_apps(protocol::EdgeStats& stats, std::size_t& budget, Moment now) {
  auto at = apps_.upper_bound(last_told_);
  for (std::size_t looked_at = 0; looked_at < apps_.size(); ++looked_at, ++at) {
    if (at == apps_.end()) at = apps_.begin();
    if (!at->second.changed()) continue;
    if (budget < 4096) return;
    auto app = at->second.tell(now.steady);
    const std::size_t size = size_of(app);
    if (size > budget) app.replicas.clear();  // of one with very many
    budget -= std::min(budget, size_of(app));
    last_told_ = at->first;
    stats.apps.push_back(std::move(app));
  }
}

protocol::EdgeStats Traffic::report(Moment now) {
  protocol::EdgeStats stats;
  stats.restarts = restarts_;
  std::size_t budget = kBudget;
  add_switches(stats, budget, now);
  add_apps(stats, budget, now);
  return stats;
}

void Traffic::tell_again() {
  for (auto& final : finals_) final.tell = 3;
}

}  // namespace edge
