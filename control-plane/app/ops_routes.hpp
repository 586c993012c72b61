#pragma once

#include "control-plane/app/modules.hpp"
#include "control-plane/platform/http/route_table.hpp"
#include "control-plane/platform/postgres/pool.hpp"
#include "control-plane/platform/telemetry/metrics.hpp"

namespace app {

/// What watches over the process asks: /healthz (it lives), /readyz (503 while the database does not answer) and
/// /metrics, whose part from the database is left out while that is away; it asks the database, so an address gets it
/// as often as it may knock at the door. What is passed must outlive the server.
void add_ops_routes(http::RouteTable& table, postgres::Pool& pool, const telemetry::Metrics& metrics,
                    api::RateLimits& limits);

/// Gauges and counters of workers and of what waits for the database.
void watch(telemetry::Metrics& metrics, Modules& modules, postgres::Pool& pool);

}  // namespace app
