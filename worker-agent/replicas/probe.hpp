#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/protocol/objects.hpp"

namespace replicas {

/// One look at a replica, by our own client (SECURITY INJ-11: no program is run).
struct ProbeResult {
  bool answered{false};
  std::string why;  ///< when not: "did not answer", "answered with status 503"
};

/// http: GET of the probe's path, any status below 500 is an answer. tcp: a connection. none: always well.
/// Through the published address, as the edge does. Takes at most `timeout_ms`.
async::Task<ProbeResult> probe(boost::asio::any_io_executor executor, protocol::HealthProbe settings,
                               protocol::PublishAddress target, const base::Clock& clock);

}  // namespace replicas
