#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/events.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/http_client/client.hpp"
#include "common/json/json.hpp"

namespace cli {

/// The control plane's REST API with one person's session. Errors are what the server said (RFC 9457, kind by status),
/// or, when it cannot be reached, kind unavailable and a code of the HTTP client (`net.…`, `tls.…`).
class Api {
 public:
  /// `server` is an origin ("http://localhost:7070"). Error `url.malformed`.
  static base::Result<std::unique_ptr<Api>> make(boost::asio::any_io_executor executor, const std::string& server,
                                                 std::optional<std::string> session, const base::Clock& clock);

  /// Any 2xx answer. `path` begins with "/api/". Writes carry a fresh Idempotency-Key and are sent once more when the
  /// connection broke before an answer; reads are asked for up to three times when the line or the server falters.
  async::Task<base::Result<http_client::Response>> call(std::string method, std::string path, std::string body = "");
  /// PUTs bytes as they are; sent once.
  async::Task<base::Result<http_client::Response>> send_bytes(std::string path, std::string bytes);
  async::Task<base::Result<std::string>> get(std::string path);
  template <class T>
  async::Task<base::Result<T>> get_as(std::string path) {
    CO_TRY_ASSIGN(const std::string body, co_await get(std::move(path)));
    co_return read<T>(body);
  }
  /// Follows an event stream until `take` answers false. Broken connections are taken up again with Last-Event-ID, at
  /// most 30 s without a success.
  async::Task<base::Result<void>> follow(std::string path, std::function<bool(const Event&)> take);

  template <class T>
  static base::Result<T> read(const std::string& body) {
    auto value = json::decode<T>(body, json::Unknown::ignore, json::Limits{});
    if (value) return value;
    return base::fail(base::ErrorKind::internal, "cli.answer",
                      "The server's answer could not be understood: " + value.error().message);
  }
  const std::string& server() const { return server_; }
  /// How long one request may take, 30 s unless told.
  void wait_at_most(base::Duration wait) { request_wait_ = wait; }

 private:
  Api(std::string server, http_client::Client client, std::optional<std::string> session, const base::Clock& clock);
  async::Task<base::Result<http_client::Response>> exchange(http_client::Request message);
  http_client::Request request(const std::string& method, const std::string& path) const;
  async::Task<base::Result<bool>> follow_once(std::string path, EventParser& parser,
                                              std::function<bool(const Event&)>& take, bool& heard);

  std::string server_;
  http_client::Client client_;
  std::optional<std::string> session_;
  const base::Clock& clock_;
  base::Duration request_wait_{std::chrono::seconds(30)};
};

/// The Error for an answer that is not 2xx.
base::Error error_of(int status, const std::string& body);

/// "scheme://host[:port]" of a URL; error `url.malformed`.
base::Result<std::string> origin_of(const std::string& url);

/// For one segment of a path.
std::string percent_encode(const std::string& segment);

}  // namespace cli
