#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/async/task_group.hpp"
#include "control-plane/modules/fleet/log_relay.hpp"
#include "control-plane/modules/observability/drain_sinks.hpp"
#include "control-plane/modules/observability/drains.hpp"
#include "control-plane/modules/scheduling/service.hpp"
#include "control-plane/platform/live/signal.hpp"
#include "control-plane/platform/postgres/pool.hpp"

namespace observability {

/// Sends what apps print to their drains, out of the workers' spools. Of a replica at most what its worker sends ahead
/// (256 KiB) is held, so a drain that is slow or away costs its own place in the spool and nothing else. How far each
/// was taken is committed behind each delivery: after a crash or a takeover a line may come twice, none is left out but
/// what the spool dropped, and that is told as a gap. On `executor`.
class DrainSender {
 public:
  /// Asked in the transactions that count: whether this instance still is the one that sends.
  using Hold = std::function<bool(Tx&)>;
  struct Tools {
    boost::asio::any_io_executor executor;
    const base::Clock& clock;
    postgres::Pool& pool;
    fleet::Hub& hub;
    fleet::LogRelay& relay;
    scheduling::Service& scheduling;
    Drains& drains;
    std::function<Hold()> leading;   ///< nothing: this instance does not send
    live::Signal* changes{nullptr};  ///< notified when anything changes, such as where replicas are
    http_client::Resolve resolve{};
    base::Duration first_pause{std::chrono::seconds(1)};  ///< after a failure; doubled up to a minute
  };

  explicit DrainSender(Tools tools);

  /// Until it is cancelled; `stop` then ends what it began.
  async::Task<void> run();
  async::Task<void> stop();
  /// A drain was made or removed, or this instance began or ceased to send. From any thread.
  void nudge() {
    asked_ = true;
    nudge_->notify();
  }

 private:
  struct Line;
  async::Task<void> until_due();
  async::Task<void> look();
  void stop_all();
  void adjust(const std::vector<ActiveDrain>& active, const std::vector<scheduling::Replica>& replicas);
  async::Task<void> deliver(std::shared_ptr<Line> line);
  async::Task<bool> open(std::shared_ptr<Line> line);
  async::Task<void> read_on(std::shared_ptr<Line> line, std::shared_ptr<DrainSink> sink);
  async::Task<bool> hand_over(std::shared_ptr<Line> line, std::shared_ptr<DrainSink> sink,
                              std::vector<DrainLines> lines);
  async::Task<void> save(std::shared_ptr<Line> line, std::string position, std::int64_t lines);
  async::Task<void> tell_failure(std::shared_ptr<Line> line, base::Error error);
  base::Duration jittered(base::Duration pause);

  Tools tools_;
  async::TaskGroup group_;
  std::shared_ptr<async::Nudge> nudge_;
  std::atomic<bool> asked_{false};
  std::map<base::Uuid, std::shared_ptr<Line>> lines_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace observability
