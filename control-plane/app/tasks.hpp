#pragma once

#include <atomic>
#include <optional>

#include "common/async/nudge.hpp"
#include "common/async/task_group.hpp"
#include "control-plane/app/modules.hpp"
#include "control-plane/modules/observability/drain_sender.hpp"

namespace app {

/// Leadership and the periodic, nudged reconcilers of this instance. All on one executor; effects begin with the lease.
class Tasks {
 public:
  Tasks(boost::asio::any_io_executor executor, Modules& modules, postgres::Pool& pool, const base::Clock& clock,
        std::string holder, std::filesystem::path heads_file);

  void start();
  /// Runs beside the others until `stop`.
  void also(const char* name, async::Task<void> task) { group_.spawn(name, std::move(task)); }
  async::Task<void> stop();
  bool leading() const { return leading_; }
  /// What another instance published: its work may be ours. From any thread.
  void hear(const std::string& topic);

 private:
  async::Task<void> lead();
  async::Task<void> reconcile();
  async::Task<void> reconcile_due();
  async::Task<void> assign();
  async::Task<void> sweep();
  async::Task<void> maintain();
  async::Task<void> look();
  async::Task<void> seal();
  /// Writes the signed ends of the log beside the database, where a restored copy cannot change them.
  async::Task<void> keep_heads();
  async::Task<void> deliver_mail();
  void set_epoch(std::optional<std::int64_t> epoch);
  template <class F>
  async::Task<bool> as_leader(const char* name, F work);

  boost::asio::any_io_executor executor_;
  Modules& modules_;
  postgres::Pool& pool_;
  const base::Clock& clock_;
  std::string holder_;
  std::filesystem::path heads_file_;
  async::TaskGroup group_;
  async::Nudge reconcile_nudge_;
  async::Nudge assign_nudge_;
  async::Nudge mail_nudge_;
  observability::DrainSender drain_sender_;
  std::optional<std::int64_t> epoch_;
  std::atomic<bool> leading_{false};
};

}  // namespace app
