#include "control-plane/app/ops_routes.hpp"

#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/jobs/queue.hpp"

namespace app {
namespace {

constexpr const char* kPrometheus = "text/plain; version=0.0.4";

std::string in_text(const jobs::QueueHealth& queue) {
  return telemetry::gauge_text("wh_jobs", "Jobs without an end, by state",
                               {{"state=\"pending\"", queue.pending},
                                {"state=\"assigned\"", queue.assigned},
                                {"state=\"running\"", queue.running}}) +
         telemetry::gauge_text("wh_jobs_oldest_pending_seconds", "How long the oldest job waits for a worker",
                               {{"", queue.oldest_pending_s}}) +
         telemetry::gauge_text("wh_jobs_oldest_active_seconds", "How long the oldest job has been with its worker",
                               {{"", queue.oldest_active_s}});
}

async::Task<http::Response> live(http::Request /*request*/) {
  co_return http::text_response(200, "ok\n");
}

async::Task<http::Response> readiness(postgres::Pool& pool) {
  if (co_await pool.healthy()) co_return http::text_response(200, "ready\n");
  co_return http::text_response(503, "the database does not answer\n");
}

async::Task<http::Response> scrape(http::Request request, postgres::Pool& pool, const telemetry::Metrics& metrics,
                                   api::RateLimits& limits) {
  if (const auto admitted = limits.admit_address(request.remote_address, /*at_the_door=*/true); !admitted) {
    auto refused = http::problem(admitted.error(), request.request_id);
    limits.describe(auth::Actor{}, request.remote_address, refused);
    co_return refused;
  }
  auto text = metrics.render();
  try {
    const auto queue =
        co_await pool.transaction([](Tx& tx) -> base::Result<jobs::QueueHealth> { return jobs::queue_health(tx); });
    if (queue) text += in_text(*queue);
  } catch (const base::Failure& failure) {
    logging::debug("metrics.queue_unknown", {{"reason", failure.what()}});
  }
  co_return http::text_response(200, std::move(text), kPrometheus);
}

}  // namespace

void add_ops_routes(http::RouteTable& table, postgres::Pool& pool, const telemetry::Metrics& metrics,
                    api::RateLimits& limits) {
  table.add(http::Method::get, "/healthz", live).summary("The process lives");
  table.add(http::Method::get, "/readyz", [&pool](http::Request) { return readiness(pool); })
      .summary("Requests can be served");
  table
      .add(http::Method::get, "/metrics",
           [&pool, &metrics, &limits](http::Request request) {
             return scrape(std::move(request), pool, metrics, limits);
           })
      .summary("Prometheus metrics");
}

void watch(telemetry::Metrics& metrics, Modules& modules, postgres::Pool& pool) {
  metrics.gauge("wh_workers_connected", "Workers connected to this instance",
                [&modules] { return static_cast<double>(modules.hub.connected().size()); });
  metrics.gauge("wh_database_queue", "Pieces of work that wait for a database connection",
                [&pool] { return static_cast<double>(pool.waiting()); });
  modules.hub.on_rejected([&metrics](const std::string& reason) {
    metrics.count("wh_envelope_rejected_total", "reason=\"" + reason + "\"");
  });
}

}  // namespace app
