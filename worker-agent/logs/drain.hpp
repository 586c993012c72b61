#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace logs {

/// Whose output it is.
struct Origin {
  base::ReplicaId replica;
  base::AppEnvironmentId app_environment;
  base::OrganizationId organization;
  base::ReleaseId release;
  std::uint32_t index{0};
};

/// Somewhere else where the output of this host's apps is kept too. One contract for every kind
/// (tests/unit/logs/drain_test): good means that the other side has taken all of it, in order; a failure may have
/// delivered a part, and the same lines are sent again. Main thread.
class Drain {
 public:
  Drain() = default;
  virtual ~Drain() = default;
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  /// `lines`: whole lines in the form of log_line.hpp, at most 256 KiB, kept by the caller until it returns. Error
  /// `drain.failed`, or one of the network.
  virtual async::Task<base::Result<void>> send(const Origin& origin, std::string_view lines,
                                               base::Deadline deadline) = 0;
};

struct DrainTools {
  boost::asio::any_io_executor executor;
  async::BlockingPool& pool;
  const base::Clock& clock;
};

/// By the form of `address`: `file:/absolute/path` (a line of JSON each; begun anew at 64 MiB, one old file is kept),
/// `https://…` or `http://…` (POST of lines of JSON, with `token` as bearer), `syslog+tcp://host:port` (RFC 5424,
/// framed by RFC 6587). Error kind invalid for anything else.
base::Result<std::unique_ptr<Drain>> open_drain(const std::string& address, base::SecretString token, DrainTools tools);

// For the kinds of drains.
/// Calls `take(time, letter, text)` for each line; lines off the form are left out.
void for_each_line(std::string_view lines, const std::function<void(std::string_view, char, std::string_view)>& take);
/// The lines as JSON objects, one a line: time, stream (stdout, stderr or gap), text and whose it is.
std::string as_json_lines(const Origin& origin, std::string_view lines);
/// The lines as syslog messages, framed by their length. `host`: of this machine.
std::string as_syslog(const Origin& origin, std::string_view host, std::string_view lines);

}  // namespace logs
