#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "common/http_client/endpoint.hpp"
#include "common/http_client/message.hpp"

namespace http_client {

/// An answer whose body is read piece by piece; no limit on its length. Dropping it closes its connection, unless the
/// body was read to its end.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  /// Up to 64 KiB of the body, decoded; empty at its end.
  virtual async::Task<base::Result<std::string>> read_some(base::Deadline deadline) = 0;
};

/// An HTTP/1.1 client of one endpoint. Keeps idle connections (at most 8, 25 s) and uses them again; requests may run
/// at the same time, each on a connection of its own. All members run on `executor`.
///
/// Errors: `net.unreachable`, `net.closed`, `net.timeout`, `tls.untrusted`, `tls.failed`, `http.malformed`,
/// `http.too_large`. Statuses of any kind are values. Redirects are not followed. A request that failed on a reused
/// connection before any byte of an answer came is sent once more if its method is idempotent.
class Client {
 public:
  Client(boost::asio::any_io_executor executor, Endpoint endpoint, const base::Clock& clock);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  async::Task<base::Result<Response>> send(Request request, base::Deadline deadline,
                                           std::size_t body_limit = 16 * 1024 * 1024);
  /// Returns as soon as the headers are there; `deadline` is for them.
  async::Task<base::Result<std::unique_ptr<ResponseStream>>> open(Request request, base::Deadline deadline);

  /// The chain that the peer of the latest TLS handshake sent (leaf first), as PEM; empty before the first.
  const std::string& last_chain_pem() const;
  const Endpoint& endpoint() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace http_client
