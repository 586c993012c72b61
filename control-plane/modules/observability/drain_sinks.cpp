#include "control-plane/modules/observability/drain_sinks.hpp"

#include "common/http_client/byte_stream.hpp"
#include "common/http_client/dial.hpp"

namespace observability {
namespace {

using base::Result;

class HttpSink final : public DrainSink {
 public:
  HttpSink(DrainTarget target, const SinkTools& tools)
      : target_(std::move(target)), client_(tools.executor, tools.clock, tools.policy, tools.resolve) {}

  async::Task<Result<void>> send(const std::vector<DrainLines>& lines, base::Deadline deadline) override {
    http_client::Request request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/x-ndjson"}, {"User-Agent", "WiseHosting"}};
    if (!target_.token.empty()) {
      request.headers.emplace_back("Authorization", "Bearer " + std::string(target_.token.reveal()));
    }
    request.body = as_json_lines(lines);
    CO_TRY_ASSIGN(const auto answer, co_await client_.send(target_.address, std::move(request), deadline));
    if (answer.status >= 200 && answer.status < 300) co_return Result<void>{};
    co_return base::fail(base::ErrorKind::unavailable, "drain.refused",
                         "It answered with status " + std::to_string(answer.status) + ".");
  }

 private:
  DrainTarget target_;
  http_client::OutgoingClient client_;
};

/// Syslog never answers: what the connection took counts as delivered.
class SyslogSink final : public DrainSink {
 public:
  SyslogSink(DrainTarget target, const SinkTools& tools)
      : target_(std::move(target)),
        executor_(tools.executor),
        trust_(tools.policy.trust),
        client_(tools.executor, tools.clock, tools.policy, tools.resolve) {}

  async::Task<Result<void>> send(const std::vector<DrainLines>& lines, base::Deadline deadline) override {
    if (stream_ && !stream_->idle_and_open()) stream_.reset();
    if (!stream_) CO_TRY_CHECK(co_await connect(deadline));
    const auto text = as_syslog(lines);
    stream_->expire_writes_at(deadline.time());
    auto written = co_await stream_->write_all(text);
    if (!written) stream_.reset();
    co_return written;
  }

 private:
  async::Task<Result<void>> connect(base::Deadline deadline) {
    CO_TRY_ASSIGN(const auto endpoints, co_await client_.check(target_.url, deadline));
    Result<void> outcome;
    for (const auto& endpoint : endpoints) {
      std::shared_ptr<const http_client::TlsContext> context;
      if (target_.url.secure()) context = http_client::TlsContext::client(trust_);
      auto stream = co_await http_client::dial(executor_, endpoint, context, deadline);
      if (stream) {
        stream_ = *std::move(stream);
        co_return Result<void>{};
      }
      outcome = std::unexpected(stream.error());
    }
    co_return outcome;
  }

  DrainTarget target_;
  boost::asio::any_io_executor executor_;
  http_client::TlsTrust trust_;
  http_client::OutgoingClient client_;
  std::unique_ptr<http_client::ByteStream> stream_;
};

}  // namespace

std::unique_ptr<DrainSink> open_sink(DrainTarget target, SinkTools tools) {
  if (target.kind == DrainTarget::Kind::http) return std::make_unique<HttpSink>(std::move(target), tools);
  return std::make_unique<SyslogSink>(std::move(target), tools);
}

}  // namespace observability
