#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "common/http_client/endpoint.hpp"
#include "common/http_client/message.hpp"
#include "common/http_client/networks.hpp"

namespace http_client {

/// Where calls to URLs that people gave may go.
struct OutgoingPolicy {
  /// Beside the public internet, e.g. the operator's own mail server.
  std::vector<Network> allowed;
  /// Even if public or allowed, e.g. this installation's mesh.
  std::vector<Network> refused;
  /// Redirects that a GET follows, each checked like the first address; 0..3. Others are answers like any other.
  int redirects{0};
  std::size_t body_limit{1024 * 1024};
  TlsTrust trust;
};

/// All numeric addresses of a host, in the order in which to try them. The system's resolver by default.
using Resolve = std::function<async::Task<base::Result<std::vector<std::string>>>(std::string host, base::Deadline)>;

/// The one client for URLs that people gave: resolves a host once, refuses it if *any* of its addresses may not be
/// reached, and connects to the address that it checked, so that a name server which answers differently the second
/// time gains nothing. Keeps no connection. All members run on `executor`.
class OutgoingClient {
 public:
  OutgoingClient(boost::asio::any_io_executor executor, const base::Clock& clock, OutgoingPolicy policy,
                 Resolve resolve = {});

  /// `url` is http or https, without user information. `request.target` is replaced by the URL's.
  /// Errors: `url.malformed`; `outgoing.refused` (the same text whatever is there: an answer must not map a network);
  /// `outgoing.redirects`; those of Client.
  async::Task<base::Result<Response>> send(std::string url, Request request, base::Deadline deadline);

  /// The endpoints to connect to, in their order: resolved and checked. At least one.
  async::Task<base::Result<std::vector<Endpoint>>> check(Url url, base::Deadline deadline);

 private:
  async::Task<base::Result<Response>> send_once(Url url, Request request, base::Deadline deadline);
  bool permits(std::string_view address) const;

  boost::asio::any_io_executor executor_;
  const base::Clock& clock_;
  OutgoingPolicy policy_;
  Resolve resolve_;
};

/// The system's resolver; numeric addresses are answered as they are.
Resolve system_resolver(boost::asio::any_io_executor executor);

}  // namespace http_client
