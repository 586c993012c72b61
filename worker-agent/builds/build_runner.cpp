#include "worker-agent/builds/build_runner.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/async/timer.hpp"
#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "worker-agent/builds/deep_tree.hpp"
#include "worker-agent/builds/image.hpp"
#include "worker-agent/builds/jail/cgroup.hpp"
#include "worker-agent/builds/outcome.hpp"
#include "worker-agent/builds/source.hpp"
#include "worker-agent/host/seccomp.hpp"
#include "worker-agent/logs/secret_forms.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kSyncEvery{500};
constexpr std::chrono::milliseconds kTurnPause{50};
constexpr std::chrono::hours kKeepLogs{7 * 24};
constexpr std::chrono::days kUnusedCache{30};  // of layers, after the last build

/// `0.4 s`, `2 min 5 s`.
std::string spoken(base::Duration took) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  if (ms >= 60'000) return std::to_string(ms / 60'000) + " min " + std::to_string(ms / 1000 % 60) + " s";
  return std::to_string(ms / 1000) + "." + std::to_string(ms / 100 % 10) + " s";
}

/// Keeps the log durable while the build runs.
async::Task<void> sync_regularly(std::shared_ptr<Spool> spool, async::BlockingPool& pool) {
  for (;;) {
    co_await async::sleep(kSyncEvery);
    co_await pool.run([spool] { spool->blocking_sync(); });
  }
}

/// One step's name, time and place in the result.
class Phase {
 public:
  Phase(std::string name, Workshop& shop, agent::JobSink& sink, BuildResult& result)
      : name_(std::move(name)), shop_(shop), result_(result), begin_(shop.clock.steady_now()) {
    sink.progress(name_, std::nullopt);
  }
  /// The time it took, for the heading.
  std::string end() {
    const base::Duration took = shop_.clock.steady_now() - begin_;
    result_.phases.push_back(
        PhaseTime{.name = name_, .took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count()});
    return spoken(took);
  }

 private:
  std::string name_;
  Workshop& shop_;
  BuildResult& result_;
  base::SteadyTime begin_;
};

void make_owned(const fs::path& folder, std::uint32_t uid) {
  fs::create_directory(folder);
  if (::chown(folder.c_str(), uid, uid) != 0) base::throw_errno("chown " + folder.string());
}

/// The values that must not be seen in a log.
std::vector<std::string> secrets_of(const BuildSpec& spec) {
  std::vector<std::string> out{std::string(spec.registry_token.reveal())};
  for (const auto& image : spec.base_images) out.emplace_back(image.token.reveal());
  for (const auto& [name, value] : spec.variables) {
    if (logs::worth_hiding(value.reveal(), logs::Masker::kShortest)) out.emplace_back(value.reveal());
  }
  return out;
}

void remove_old_logs(const fs::path& folder) {
  const auto oldest = fs::file_time_type::clock::now() - kKeepLogs;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::error_code gone;
    if (entry.last_write_time(gone) < oldest) fs::remove(entry.path(), gone);
  }
}

/// The profile under which an app's containers run is that of a build's steps, too.
base::Result<void> blocking_write_seccomp(const fs::path& file) {
  constexpr const char* kPodmans = "/usr/share/containers/seccomp.json";
  if (!fs::exists(kPodmans))
    return base::fail(base::ErrorKind::unavailable, "host.seccomp", std::string(kPodmans) + " is missing.");
  TRY_ASSIGN(const std::string profile, host::strict_seccomp(base::blocking_read_file(kPodmans)));
  base::blocking_write_file(file, profile, 0644);
  return {};
}

}  // namespace

BuildRunner::BuildRunner(BuilderOptions options, BuildNetwork& network, async::BlockingPool& pool,
                         const base::Clock& clock)
    : options_(std::move(options)),
      network_(network),
      pool_(pool),
      clock_(clock),
      stores_(options_.state_folder / "stores", options_.first_uid),
      seccomp_(options_.state_folder / "seccomp.json") {
  const fs::path work = options_.state_folder / "work";
  fs::create_directories(options_.state_folder / "spool");
  fs::permissions(options_.state_folder, fs::perms::owner_all);
  if (fs::exists(work)) {
    for (const auto& entry : fs::directory_iterator(work)) {
      jail::Cgroup::remove_left_over(control_group(options_.installation) + "/builds/" +
                                     entry.path().filename().string());
    }
    blocking_discard_tree(work);
  }
  fs::create_directories(work);
  remove_old_logs(options_.state_folder / "spool");
  marks_key_ = blocking_marks_key(options_.state_folder / "marks.key");
  prepared_ = blocking_write_seccomp(seccomp_);
  if (!prepared_) logging::error("builds.no_seccomp", {{"error", prepared_.error().message}});
}

std::string control_group(const std::string& installation) {
  return "wisehosting/" + installation;
}

fs::path BuildRunner::log_file(base::JobId job, int attempt) const {
  return options_.state_folder / "spool" / (job.to_string() + "-" + std::to_string(attempt) + ".log");
}

std::string BuildRunner::cgroup_of(base::JobId job) const {
  return control_group(options_.installation) + "/builds/" + job.to_string();
}

std::shared_ptr<agent::StreamSource> BuildRunner::reopen_log(base::JobId job, int attempt,
                                                             const boost::asio::any_io_executor& executor) const {
  const fs::path file = log_file(job, attempt);
  if (!fs::exists(file)) return nullptr;
  auto spool = std::make_shared<Spool>(file, executor);
  spool->finish();
  return spool;
}

void BuildRunner::forget_log(base::JobId job, int attempt) const {
  std::error_code gone;
  fs::remove(log_file(job, attempt), gone);
}

async::Task<agent::JobOutcome> BuildRunner::run(agent::Job job, agent::JobSink& sink) {
  if (!prepared_) co_return refused(prepared_.error());
  auto spec = read_spec(job.spec_json);
  if (!spec) co_return refused(std::move(spec).error());
  if (auto opened = open_variables(*spec, options_.open_sealed); !opened) co_return refused(std::move(opened).error());
  const auto executor = co_await boost::asio::this_coro::executor;
  auto spool = std::make_shared<Spool>(log_file(job.id, job.attempt), executor);
  BuildLog log(spool, spec->limits.output_bytes, secrets_of(*spec));
  sink.log(spool);
  if (job.attempt > 1 || spool->size() > 0) {
    log.heading("Attempt " + std::to_string(job.attempt) +
                ": the worker's agent was restarted; the build begins again");
  }
  async::TaskGroup keeper(executor);
  keeper.spawn("builds.sync", sync_regularly(spool, pool_));
  const Ending ending = co_await build(job, *spec, log, sink);
  log.flush();
  spool->finish();
  keeper.cancel();
  co_await keeper.join(base::Deadline::after(clock_, std::chrono::seconds(2)));
  co_await pool_.run([spool] { spool->blocking_sync(); });
  co_return ending.outcome;
}

/// Gives the app's store back whatever happens.
class BuildRunner::Turn {
 public:
  Turn(std::set<base::AppEnvironmentId>& busy, base::AppEnvironmentId app) : busy_(busy), app_(app) {
    busy_.insert(app_);
  }
  ~Turn() { busy_.erase(app_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::set<base::AppEnvironmentId>& busy_;
  base::AppEnvironmentId app_;
};

async::Task<void> BuildRunner::wait_for_turn(base::AppEnvironmentId app) {
  while (busy_.contains(app)) co_await async::sleep(kTurnPause);
}

void BuildRunner::blocking_prepare(const Workshop& shop) const {
  jail::Cgroup::remove_left_over(shop.cgroup);
  blocking_remove_tree(shop.folder);
  blocking_remove_tree(shop.store.folder / "tmp");
  make_owned(shop.store.folder / "tmp", shop.store.uid_base);
  fs::create_directories(shop.folder);
  make_owned(shop.job(), shop.store.uid_base);
  make_owned(shop.source(), shop.store.uid_base);
  make_owned(shop.outbox(), shop.store.uid_base);
}

void BuildRunner::blocking_tidy(const Store& store, std::uint64_t cap, base::AppEnvironmentId app,
                                const Ending& ending) {
  blocking_remove_tree(store.folder / "tmp");
  // The cache is worth what it saves: one that outgrew the app's disk limit begins anew.
  const auto& error = ending.outcome.error;
  const bool full = error && error->code.ends_with(".no_space");
  const bool emptied = full || (ending.clean && Stores::blocking_size(store.folder) > cap);
  if (emptied) stores_.blocking_empty(store);
  if (emptied || ending.clean) stores_.blocking_close(app);
  stores_.blocking_empty_unused(kUnusedCache);
}

void BuildRunner::blocking_end(const Workshop& shop, const Ending& ending) {
  blocking_discard_tree(shop.folder);
  const auto app = shop.spec.app_environment_id;
  try {
    blocking_tidy(shop.store, shop.spec.limits.disk_bytes, app, ending);
  } catch (const std::exception& failure) {
    // The outcome stands. The store stays marked: the next build in it cleans it first.
    logging::warn("builds.store_not_tidied", {{"app_environment", app.to_string()}, {"error", failure.what()}});
  }
}

async::Task<BuildRunner::Ending> BuildRunner::build(const agent::Job& job, const BuildSpec& spec, BuildLog& log,
                                                    agent::JobSink& sink) {
  std::exception_ptr thrown;
  std::optional<Ending> ending;
  std::optional<Turn> turn;
  std::optional<jail::Network> lease;
  const fs::path folder = options_.state_folder / "work" / job.id.to_string();
  try {
    co_await wait_for_turn(spec.app_environment_id);
    turn.emplace(busy_, spec.app_environment_id);
    const auto deadline = base::Deadline::after(clock_, std::chrono::seconds(spec.timeout_s));
    auto store = co_await pool_.run([this, app = spec.app_environment_id] { return stores_.blocking_open(app); });
    auto leased = network_.lease();
    if (!store) throw base::Failure(store.error().message);
    if (!leased) throw base::Failure(leased.error().message);
    lease = *leased;
    Workshop shop{.jail_program = options_.jail_program,
                  .folder = folder,
                  .cgroup = cgroup_of(job.id),
                  .store = *store,
                  .network = *lease,
                  .host_resolvers = options_.host_resolvers,
                  .spec = spec,
                  .log = log,
                  .pool = pool_,
                  .clock = clock_,
                  .deadline = deadline,
                  .seccomp = seccomp_,
                  .marks_key = marks_key_};
    co_await pool_.run([this, &shop] { blocking_prepare(shop); });
    ending = co_await guarded_steps(shop, sink);
    co_await pool_.run([this, &shop, &ending] { blocking_end(shop, *ending); });
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  if (lease) network_.release(*lease);
  if (thrown) co_await pool_.run([folder] { blocking_discard_tree(folder); });
  if (thrown && !ending)
    ending = Ending{.outcome = is_cancellation(thrown) ? cancelled(log) : broken(log, text_of(thrown)), .clean = false};
  co_return std::move(*ending);
}

async::Task<BuildRunner::Ending> BuildRunner::guarded_steps(Workshop& shop, agent::JobSink& sink) {
  std::exception_ptr thrown;
  Ending ending;
  try {
    ending.outcome = co_await steps(shop, sink);
    const auto& error = ending.outcome.error;
    ending.clean = !error || (error->code != "build.timeout" && error->code != "build.no_space" &&
                              error->code != "build.out_of_memory");
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!thrown) co_return ending;
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  ending.outcome = is_cancellation(thrown) ? cancelled(shop.log) : broken(shop.log, text_of(thrown));
  co_return ending;
}

async::Task<agent::JobOutcome> BuildRunner::steps(Workshop& shop, agent::JobSink& sink) {
  BuildResult result;
  const SourceSpec& wanted = shop.spec.source;

  Phase fetching("source", shop, sink, result);
  const auto upload = upload_of(wanted.git_url);
  const std::string which = wanted.commit ? "commit " + *wanted.commit : "branch " + wanted.branch;
  shop.log.heading(upload ? "Fetching the folder that was sent" : "Fetching " + wanted.git_url + " (" + which + ")");
  auto source = upload && options_.read_upload ? co_await fetch_upload(shop, *upload, options_.read_upload)
                                               : co_await fetch_source(shop);
  if (!source) co_return failed(shop.log, std::move(result), std::move(source).error());
  result.commit = source->commit;
  result.commit_message = source->message;
  shop.log.heading("Fetched " + std::string(upload ? "" : "commit ") + source->commit.substr(0, 12) + " '" +
                   source->message + "' in " + fetching.end());
  auto recipe = co_await find_recipe(shop);
  if (!recipe) co_return failed(shop.log, std::move(result), std::move(recipe).error());
  result.content_hash = recipe->content_hash;
  base::crash_point("build.fetched");

  Phase building("build", shop, sink, result);
  if (shop.store.dirty) {
    if (auto cleaned = co_await clean_store(shop, stores_); !cleaned)
      co_return failed(shop.log, std::move(result), std::move(cleaned).error());
  }
  if (auto brought = co_await bring_base_images(shop, recipe->containerfile); !brought)
    co_return failed(shop.log, std::move(result), std::move(brought).error());
  shop.log.heading("Building " + recipe->title);
  auto image = co_await build_image(shop, *recipe);
  if (!image) co_return failed(shop.log, std::move(result), std::move(image).error());
  result.cached = image->cached;
  result.image_bytes = image->bytes;
  shop.log.heading(std::string(image->cached ? "Built from the cache in " : "Built in ") + building.end());
  base::crash_point("build.built");

  Phase pushing("push", shop, sink, result);
  shop.log.heading("Pushing " + shop.spec.image.repository + ":" + shop.spec.image.tag);
  auto digest = co_await push_image(shop, *image);
  if (!digest) co_return failed(shop.log, std::move(result), std::move(digest).error());
  result.image_digest = *digest;
  shop.log.heading("Pushed " + *digest + " in " + pushing.end());
  base::crash_point("build.pushed");
  co_return agent::JobOutcome{.outcome = "succeeded", .result_json = json::encode(result), .error = {}};
}

}  // namespace builds
