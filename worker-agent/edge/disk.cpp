#include "worker-agent/edge/disk.hpp"

#include <algorithm>

#include "common/base/crash_point.hpp"
#include "common/base/files.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "worker-agent/edge/pages.hpp"
#include "worker-agent/edge/render.hpp"

namespace edge {
namespace {

constexpr const char* kLayoutFile = "layout.json";
constexpr const char* kLoadedFile = "loaded.cfg";
constexpr mode_t kPrivate = 0600;

struct TargetRecord {
  base::ReplicaId replica;
  std::string address;
  int port{0};
  int weight{0};
  bool drain{false};
  std::optional<base::ReleaseId> release;

  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("address", address);
    f.required("port", port);
    f.required("weight", weight);
    f.required("drain", drain);
    f.optional("release", release);
  }
};

struct LimitRecord {
  int per_minute{0};
  int burst{0};

  template <class F>
  void map(F& f) {
    f.required("per_minute", per_minute);
    f.required("burst", burst);
  }
};

struct PlacedRecord {
  base::AppEnvironmentId app;
  int slot{0};
  std::vector<std::string> hosts;
  std::vector<TargetRecord> targets;
  std::int64_t drain_grace_ms{0};
  std::optional<LimitRecord> request_limit;

  template <class F>
  void map(F& f) {
    f.required("app", app);
    f.required("slot", slot);
    f.required("hosts", hosts);
    f.required("targets", targets);
    f.required("drain_grace_ms", drain_grace_ms);
    f.optional("request_limit", request_limit);
  }
};

struct ReleasedRecord {
  int slot{0};
  base::UtcTime at;

  template <class F>
  void map(F& f) {
    f.required("slot", slot);
    f.required("at", at);
  }
};

struct LayoutRecord {
  int slots{0};
  std::vector<PlacedRecord> placed;
  std::vector<ReleasedRecord> released;

  template <class F>
  void map(F& f) {
    f.required("slots", slots);
    f.required("placed", placed);
    f.required("released", released);
  }
};

base::Result<Placed> checked(const PlacedRecord& record) {
  Placed placed;
  placed.slot = record.slot;
  placed.route.app = record.app;
  placed.route.hosts = record.hosts;
  placed.route.drain_grace = std::chrono::milliseconds(record.drain_grace_ms);
  for (const auto& host : record.hosts) TRY_CHECK(check_host(host));
  if (record.request_limit) {
    placed.route.request_limit = RequestLimit{record.request_limit->per_minute, record.request_limit->burst};
    TRY_CHECK(check_request_limit(*placed.route.request_limit));
  }
  for (const auto& saved : record.targets) {
    Target target;
    target.replica = saved.replica;
    TRY_ASSIGN(target.address, check_address(saved.address));
    if (saved.port < 1 || saved.port > 65535) return base::invalid("port", "not a port");
    if (saved.weight < 0 || saved.weight > 256) return base::invalid("weight", "not a weight");
    target.port = saved.port;
    target.weight = saved.weight;
    target.drain = saved.drain;
    target.release = saved.release;
    placed.route.targets.push_back(std::move(target));
  }
  return placed;
}

}  // namespace

std::string encode_layout(const Layout& layout) {
  LayoutRecord record;
  record.slots = layout.slots;
  for (const auto& [app, placed] : layout.placed) {
    PlacedRecord entry;
    entry.app = app;
    entry.slot = placed.slot;
    entry.hosts = placed.route.hosts;
    entry.drain_grace_ms = std::chrono::duration_cast<std::chrono::milliseconds>(placed.route.drain_grace).count();
    if (const auto& limit = placed.route.request_limit) {
      entry.request_limit = LimitRecord{limit->per_minute, limit->burst};
    }
    for (const auto& target : placed.route.targets) {
      entry.targets.push_back(
          TargetRecord{target.replica, target.address, target.port, target.weight, target.drain, target.release});
    }
    record.placed.push_back(std::move(entry));
  }
  for (const auto& released : layout.released) record.released.push_back(ReleasedRecord{released.slot, released.at});
  return json::encode(record);
}

base::Result<Layout> decode_layout(std::string_view text) {
  TRY_ASSIGN(const auto record, json::decode<LayoutRecord>(text, json::Unknown::ignore, json::Limits{}));
  Layout layout;
  layout.slots = record.slots;
  for (const auto& entry : record.placed) {
    TRY_ASSIGN(auto placed, checked(entry));
    if (placed.slot < 1 || placed.slot > record.slots) return base::invalid("slot", "not one of the slots");
    layout.placed.emplace(entry.app, std::move(placed));
  }
  for (const auto& released : record.released) layout.released.push_back(Released{released.slot, released.at});
  return layout;
}

Disk::Disk(std::filesystem::path folder) : folder_(std::move(folder)) {}

std::filesystem::path Disk::config() const {
  return folder_ / kConfigFile;
}

void Disk::blocking_prepare_jail() const {
  using std::filesystem::perms;
  std::filesystem::create_directories(jail());
  std::filesystem::permissions(jail(), perms::owner_all | perms::group_exec | perms::others_exec);
}

void Disk::blocking_prepare() const {
  std::filesystem::create_directories(folder_);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  blocking_prepare_jail();
  const auto write_page = [&](const std::string& name, const std::string& text) {
    base::blocking_write_file(folder_ / name, text, kPrivate);
  };
  write_page("404.html", no_site_page().html);
  write_page("404.txt", no_site_page().text);
  write_page("503.html", no_replica_page().html);
  write_page("503.txt", no_replica_page().text);
  write_page("429.html", too_many_requests_page().html);
  write_page("429.txt", too_many_requests_page().text);
  write_page("503.http", error_file(503, no_replica_page()));
  for (const int status : {400, 408, 413, 502, 504}) {
    write_page(std::to_string(status) + ".http", error_file(status, failed_page(status)));
  }
}

std::optional<Layout> Disk::blocking_load() const {
  if (!std::filesystem::exists(folder_ / kLayoutFile)) return std::nullopt;
  auto layout = decode_layout(base::blocking_read_file(folder_ / kLayoutFile));
  if (!layout) {
    logging::error("edge.layout_unreadable",
                   {{"file", (folder_ / kLayoutFile).string()}, {"why", layout.error().message}});
    return std::nullopt;
  }
  return std::move(*layout);
}

/// A file that holds this already was made durable when it was written.
void Disk::blocking_replace(const char* name, const std::string& text) const {
  const auto file = folder_ / name;
  if (std::filesystem::exists(file) && base::blocking_read_file(file) == text) return;
  base::blocking_write_file(file, text, kPrivate);
}

void Disk::blocking_write(const Layout& layout, const std::string& frame) const {
  base::blocking_write_file(folder_ / kLayoutFile, encode_layout(layout), kPrivate);
  base::crash_point("edge.layout_written");
  blocking_replace(kMapFile, render_map(layout));
  blocking_replace(kLimitsFile, render_limits(layout));
  blocking_replace(kConfigFile, frame + render_slots(layout));
  base::crash_point("edge.rendered");
}

void Disk::blocking_note_loaded(const std::string& frame, int slots) const {
  base::blocking_write_file(folder_ / kLoadedFile, frame + "# slots " + std::to_string(slots) + "\n", kPrivate);
}

bool Disk::blocking_is_loaded(const std::string& frame, int slots) const {
  const auto file = folder_ / kLoadedFile;
  return std::filesystem::exists(file) &&
         base::blocking_read_file(file) == frame + "# slots " + std::to_string(slots) + "\n";
}

}  // namespace edge
