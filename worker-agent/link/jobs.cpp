#include "worker-agent/link/jobs.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "common/async/timer.hpp"
#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "common/protocol/messages/job_accepted.hpp"
#include "common/protocol/messages/job_progress.hpp"
#include "common/protocol/messages/job_rejected.hpp"

namespace agent {
namespace {

constexpr std::chrono::seconds kResendEvery{15};
constexpr std::chrono::seconds kStopGrace{8};
constexpr std::size_t kMaxResult = std::size_t{48} << 10U;

protocol::JobFinished to_finished(const protocol::JobCommand& job, JobOutcome outcome) {
  protocol::JobFinished finished{.job_id = job.job_id, .attempt = job.attempt};
  finished.outcome =
      json::enum_from<protocol::JobOutcomeKind>(outcome.outcome).value_or(protocol::JobOutcomeKind::failed);
  const bool fits = outcome.result_json.size() <= kMaxResult && outcome.result_json.starts_with('{');
  finished.result.text = fits ? std::move(outcome.result_json) : "{}";
  if (outcome.error) {
    finished.error = protocol::JobFailure{.code = outcome.error->code,
                                          .message = outcome.error->message.substr(0, 4'096),
                                          .step = outcome.error->step,
                                          .exit_code = outcome.error->exit_code};
  }
  return finished;
}

JobOutcome failed(std::string code, std::string message) {
  return JobOutcome{
      .outcome = "failed",
      .error = JobError{.code = std::move(code), .message = std::move(message), .step = {}, .exit_code = {}}};
}

std::string why_not_kept(std::string_view failure) {
  if (failure.find("No space left") != std::string_view::npos)
    return "The worker's disk is full. Free some space on it, then try again.";
  return "The worker could not write the job to its disk; the log of its agent says why.";
}

}  // namespace

struct Jobs::Entry {
  Entry(const boost::asio::any_io_executor& executor, protocol::JobCommand command_)
      : command(std::move(command_)), running(executor), ended(executor) {}

  Key key() const { return {command.job_id, command.attempt}; }

  protocol::JobCommand command;
  JobRecord record;
  JobRunner* runner{nullptr};
  std::unique_ptr<JobSink> sink;
  std::string phase{"accepted"};
  bool cancel_asked{false};
  bool active{false};
  bool removed{false};
  async::TaskGroup running;
  Wake ended;
};

class Jobs::Sink final : public JobSink {
 public:
  Sink(Jobs& jobs, std::weak_ptr<Entry> entry) : jobs_(jobs), entry_(std::move(entry)) {}

  void progress(const std::string& phase, std::optional<int> percent) override {
    const auto entry = entry_.lock();
    if (!entry) return;
    entry->phase = phase;
    jobs_.line_.send(protocol::JobProgress{
        .job_id = entry->command.job_id, .attempt = entry->command.attempt, .phase = phase, .percent = percent});
  }
  void log(std::shared_ptr<StreamSource> source) override {
    if (const auto entry = entry_.lock()) jobs_.open_log(entry, std::move(source));
  }

 private:
  Jobs& jobs_;
  std::weak_ptr<Entry> entry_;
};

Jobs::Jobs(boost::asio::any_io_executor executor, JobRunners runners, CommandJournal& journal, LinkStore& store,
           async::BlockingPool& disk, Line& line, Streams& streams, const base::Clock& clock)
    : executor_(std::move(executor)),
      runners_(std::move(runners)),
      journal_(journal),
      store_(store),
      disk_(disk),
      line_(line),
      streams_(streams),
      clock_(clock) {}
Jobs::~Jobs() = default;

JobRunner* Jobs::runner_of(protocol::JobKind kind) const {
  for (JobRunner* runner : runners_) {
    if (runner->kind() == json::enum_name(kind)) return runner;
  }
  return nullptr;
}

std::shared_ptr<Jobs::Entry> Jobs::find(const Key& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

async::Task<void> Jobs::load() {
  const auto records = co_await disk_.run([this] { return store_.blocking_load_jobs(); });
  for (const JobRecord& record : records) {
    auto command = json::decode<protocol::JobCommand>(record.command.command, json::Unknown::ignore);
    if (!command) {
      logging::error("link.job_unreadable", {{"message", command.error().message}});
      continue;
    }
    auto entry = std::make_shared<Entry>(executor_, std::move(*command));
    entry->record = record;
    entry->runner = runner_of(entry->command.kind);
    entries_[entry->key()] = entry;
    if (!entry->record.outcome) {
      const JobOutcome outcome = failed("agent_restarted", "The agent restarted while the job ran.");
      entry->record.outcome = to_finished(entry->command, outcome);
      if (!entry->record.stream) entry->record.log_acked = false;  // it may have been killed before it was noted
      co_await save(entry);
    }
    co_await resume_log(entry);
  }
}

async::Task<void> Jobs::resume_log(std::shared_ptr<Entry> entry) {
  if (entry->record.log_acked) co_return;
  const auto [job, attempt] = entry->key();
  auto source = entry->runner == nullptr ? nullptr : entry->runner->reopen_log(job, attempt, executor_);
  if (source) {
    if (!entry->record.stream) entry->record.stream = base::StreamId::make(clock_);
    co_await save(entry);
    streams_.offer(*entry->record.stream, job, attempt, std::move(source), [this, entry](bool) { log_done(entry); });
  } else {
    entry->record.log_acked = true;
    co_await save(entry);
  }
}

void Jobs::start(async::TaskGroup& tasks) {
  tasks_ = &tasks;
  tasks.spawn("link.jobs.resend", resend());
}

async::Task<void> Jobs::stop() {
  stopping_ = true;
  const auto deadline = base::Deadline::after(clock_, kStopGrace);
  for (const auto& [key, entry] : entries_) entry->running.cancel();
  for (const auto& [key, entry] : entries_) co_await entry->running.join(deadline);
}

async::Task<void> Jobs::dispatch(protocol::CommandDecision decision, protocol::SignedCommand command,
                                 protocol::EnvelopeId re) {
  const auto job = std::get<protocol::JobCommand>(decision.command);
  const protocol::JobAccepted accepted{.job_id = job.job_id, .attempt = job.attempt};
  if (decision.repeat) {
    line_.send(accepted, {}, re);
    const auto known = find({job.job_id, job.attempt});
    if (known && known->record.outcome && !known->record.result_acked) send_result(*known);
    co_return;
  }
  JobRunner* const runner = runner_of(job.kind);
  if (runner == nullptr || stopping_) {
    line_.send(
        protocol::JobRejected{
            .job_id = job.job_id, .attempt = job.attempt, .reason = "This worker does not run jobs of this kind now."},
        {}, re);
    co_return;
  }
  const KeptCommand kept = KeptCommand::of(command);
  std::optional<std::string> unkept;
  try {
    co_await journal_.accept_job(std::move(decision), std::move(command));
  } catch (const base::Failure& failure) {
    unkept = failure.what();
  }
  if (unkept) {
    logging::error("link.job_not_kept", {{"job", job.job_id.to_string()}, {"message", *unkept}});
    co_await forget_unkept(job);
    line_.send(protocol::JobRejected{.job_id = job.job_id, .attempt = job.attempt, .reason = why_not_kept(*unkept)}, {},
               re);
    co_return;
  }
  auto entry = std::make_shared<Entry>(executor_, job);
  entry->record.command = kept;
  entry->runner = runner;
  entries_[entry->key()] = entry;
  line_.send(accepted, {}, re);
  run(entry);
}

/// What stands half written would be a job that ran and was interrupted, after a restart.
async::Task<void> Jobs::forget_unkept(const protocol::JobCommand& job) {
  co_await disk_.run([this, id = job.job_id, attempt = job.attempt] {
    try {
      store_.blocking_remove_job(id, attempt);
    } catch (const std::exception& error) {
      logging::warn("link.job_not_removed", {{"job", id.to_string()}, {"message", error.what()}});
    }
  });
}

void Jobs::run(const std::shared_ptr<Entry>& entry) {
  entry->active = true;
  entry->sink = std::make_unique<Sink>(*this, entry);
  entry->running.spawn("link.job", run_to_end(entry));
}

async::Task<void> Jobs::end_older_attempts(Key key) {
  for (int attempt = 1; attempt < key.second; ++attempt) {
    const auto older = find({key.first, attempt});
    if (!older || !older->active) continue;
    older->cancel_asked = true;
    older->running.cancel();
    while (older->active) co_await older->ended.wait(std::chrono::seconds{1});
  }
}

async::Task<void> Jobs::run_to_end(std::shared_ptr<Entry> entry) {
  JobOutcome outcome;
  try {
    co_await end_older_attempts(entry->key());
    Job job{.id = entry->command.job_id,
            .attempt = entry->command.attempt,
            .kind = std::string(json::enum_name(entry->command.kind)),
            .spec_json = entry->command.spec.text,
            .not_after = entry->command.head.not_after,
            .lease = std::chrono::seconds(entry->command.lease_s)};
    outcome = co_await entry->runner->run(std::move(job), *entry->sink);
  } catch (const boost::system::system_error& error) {
    const bool cancelled = error.code() == boost::asio::error::operation_aborted;
    outcome = cancelled ? JobOutcome{.outcome = "cancelled", .error = {}} : failed("internal", error.what());
  } catch (const std::exception& error) {
    logging::error("link.job_failed", {{"job", entry->command.job_id.to_string()}, {"message", error.what()}});
    outcome = failed("internal", "The agent could not run the job: " + std::string(error.what()));
  }
  entry->active = false;
  entry->ended.notify();
  // This task may be cancelled; what follows must not be.
  if (!stopping_ || (outcome.outcome != "cancelled" && !entry->cancel_asked)) {
    tasks_->spawn("link.job.finish", finish(entry, std::move(outcome)));
  }
}

async::Task<void> Jobs::finish(std::shared_ptr<Entry> entry, JobOutcome outcome) {
  entry->record.outcome = to_finished(entry->command, std::move(outcome));
  try {
    co_await save(entry);
  } catch (const base::Failure& failure) {
    // A full disk: what is sent needs none. Who is killed before the ack has it run again.
    logging::error("link.result_not_kept", {{"job", entry->command.job_id.to_string()}, {"message", failure.what()}});
  }
  base::crash_point("link.job.finished");
  const auto& finished = *entry->record.outcome;
  logging::info("link.job_finished", {{"job", finished.job_id.to_string()},
                                      {"attempt", finished.attempt},
                                      {"outcome", json::enum_name(finished.outcome)}});
  send_result(*entry);
  base::crash_point("link.result.sent");
}

void Jobs::open_log(const std::shared_ptr<Entry>& entry, std::shared_ptr<StreamSource> source) {
  if (entry->record.stream || entry->record.outcome) return;
  entry->record.stream = base::StreamId::make(clock_);
  entry->record.log_acked = false;
  tasks_->spawn("link.job.log", save(entry));
  streams_.offer(*entry->record.stream, entry->command.job_id, entry->command.attempt, std::move(source),
                 [this, entry](bool) { log_done(entry); });
}

void Jobs::log_done(std::shared_ptr<Entry> entry) {
  entry->record.log_acked = true;
  base::crash_point("link.log.acked");
  if (entry->runner != nullptr) entry->runner->forget_log(entry->command.job_id, entry->command.attempt);
  if (tasks_ != nullptr) tasks_->spawn("link.job.log", save(entry));
}

/// Writes the record, or removes it when nothing of the job is left to send.
async::Task<void> Jobs::save(std::shared_ptr<Entry> entry) {
  const JobRecord record = entry->record;
  const protocol::JobCommand command = entry->command;
  const bool all_sent = record.outcome && record.result_acked && record.log_acked;
  if (all_sent) {
    entry->removed = true;
    entries_.erase(entry->key());
    co_await disk_.run([this, command] { store_.blocking_remove_job(command.job_id, command.attempt); });
  } else if (!entry->removed) {
    co_await disk_.run([this, command, record] { store_.blocking_save_job(command, record); });
  }
}

base::Result<void> Jobs::cancel(base::JobId job, int attempt) {
  const auto entry = find({job, attempt});
  if (!entry) return base::fail(base::ErrorKind::not_found, "unknown_job", "This job is not here.");
  if (entry->record.outcome) {
    if (!entry->record.result_acked) send_result(*entry);
    return {};
  }
  entry->cancel_asked = true;
  entry->running.cancel();
  return {};
}

std::vector<protocol::InventoryJob> Jobs::inventory() const {
  std::vector<protocol::InventoryJob> jobs;
  for (const auto& [key, entry] : entries_) {
    if (entry->record.result_acked) continue;
    jobs.push_back({.job_id = key.first,
                    .attempt = key.second,
                    .phase = entry->record.outcome ? std::string("finished") : entry->phase});
  }
  return jobs;
}

void Jobs::connected() {
  for (const auto& [key, entry] : entries_) {
    if (entry->record.outcome && !entry->record.result_acked) send_result(*entry);
  }
}

void Jobs::disconnected() {
  results_under_way_.clear();
}

void Jobs::send_result(Entry& entry) {
  if (const auto id = line_.send(*entry.record.outcome)) results_under_way_[*id] = entry.key();
}

async::Task<bool> Jobs::acked(protocol::EnvelopeId re) {
  const auto found = results_under_way_.find(re);
  if (found == results_under_way_.end()) co_return false;
  const auto entry = find(found->second);
  results_under_way_.erase(found);
  if (!entry || entry->record.result_acked) co_return true;
  entry->record.result_acked = true;
  base::crash_point("link.result.acked");
  co_await save(entry);
  base::crash_point("link.result.settled");
  co_return true;
}

async::Task<void> Jobs::resend() {
  while (true) {
    co_await async::sleep(kResendEvery);
    if (!line_.up()) continue;
    results_under_way_.clear();
    connected();
  }
}

}  // namespace agent
