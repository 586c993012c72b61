#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/task_group.hpp"
#include "common/protocol/command_rules.hpp"
#include "common/protocol/messages/inventory_report.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/link/command_journal.hpp"
#include "worker-agent/link/line.hpp"
#include "worker-agent/link/link_store.hpp"
#include "worker-agent/link/streams.hpp"
#include "worker-agent/link/wake.hpp"

namespace agent {

using JobRunners = std::vector<JobRunner*>;

/// Runs accepted jobs and keeps each result on disk until the control plane has it. A job that an agent restart
/// interrupted is reported as failed (`agent_restarted`): the next attempt is the control plane's. Main thread.
class Jobs {
 public:
  Jobs(boost::asio::any_io_executor executor, JobRunners runners, CommandJournal& journal, LinkStore& store,
       async::BlockingPool& disk, Line& line, Streams& streams, const base::Clock& clock);
  ~Jobs();

  /// Reads what was accepted; interrupted jobs get their outcome.
  async::Task<void> load();
  void start(async::TaskGroup& tasks);
  /// Cancels what runs, without an outcome: the next start reports it. Comes back when all have ended.
  async::Task<void> stop();

  /// A verified job in the envelope `re`; answered with `job.accepted`, or with `job.rejected` where
  /// nobody runs such a job or the disk does not take it.
  async::Task<void> dispatch(protocol::CommandDecision decision, protocol::SignedCommand command,
                             protocol::EnvelopeId re);
  /// Error `unknown_job`.
  base::Result<void> cancel(base::JobId job, int attempt);
  std::vector<protocol::InventoryJob> inventory() const;
  void connected();
  void disconnected();
  /// True when `re` was a result of ours.
  async::Task<bool> acked(protocol::EnvelopeId re);

 private:
  using Key = std::pair<base::JobId, int>;
  struct Entry;
  class Sink;

  JobRunner* runner_of(protocol::JobKind kind) const;
  std::shared_ptr<Entry> find(const Key& key) const;
  async::Task<void> forget_unkept(const protocol::JobCommand& job);
  void run(const std::shared_ptr<Entry>& entry);
  async::Task<void> run_to_end(std::shared_ptr<Entry> entry);
  async::Task<void> finish(std::shared_ptr<Entry> entry, JobOutcome outcome);
  async::Task<void> end_older_attempts(Key key);
  async::Task<void> resume_log(std::shared_ptr<Entry> entry);
  void log_done(std::shared_ptr<Entry> entry);
  void open_log(const std::shared_ptr<Entry>& entry, std::shared_ptr<StreamSource> source);
  async::Task<void> save(std::shared_ptr<Entry> entry);
  void send_result(Entry& entry);
  async::Task<void> resend();

  boost::asio::any_io_executor executor_;
  JobRunners runners_;
  CommandJournal& journal_;
  LinkStore& store_;
  async::BlockingPool& disk_;
  Line& line_;
  Streams& streams_;
  const base::Clock& clock_;
  std::map<Key, std::shared_ptr<Entry>> entries_;
  std::map<protocol::EnvelopeId, Key> results_under_way_;
  bool stopping_{false};
  async::TaskGroup* tasks_{nullptr};
};

}  // namespace agent
