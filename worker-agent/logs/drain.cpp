#include "worker-agent/logs/drain.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "common/base/unique_fd.hpp"
#include "common/http_client/client.hpp"
#include "common/http_client/dial.hpp"

namespace logs {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;

constexpr off_t kFileBytes = off_t{64} << 20;
constexpr std::string_view kFile = "file:";
constexpr std::string_view kSyslog = "syslog+tcp://";

std::unexpected<base::Error> failed(std::string why) {
  return base::fail(ErrorKind::unavailable, "drain.failed", std::move(why));
}

std::unexpected<base::Error> system_failed(const fs::path& file) {
  return failed(file.string() + ": " + std::strerror(errno));
}

Result<void> blocking_append(const fs::path& path, const std::string& text) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && info.st_size > kFileBytes) {
    auto old = path;
    old += ".1";
    if (::rename(path.c_str(), old.c_str()) != 0) return system_failed(path);
  }
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return system_failed(path);
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failed(path);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fdatasync(file.get()) != 0) return system_failed(path);
  return {};
}

class FileDrain final : public Drain {
 public:
  FileDrain(fs::path path, async::BlockingPool& pool) : path_(std::move(path)), pool_(pool) {}
  async::Task<Result<void>> send(const Origin& origin, std::string_view lines, base::Deadline /*deadline*/) override {
    co_return co_await pool_.run(
        [path = path_, text = as_json_lines(origin, lines)] { return blocking_append(path, text); });
  }

 private:
  fs::path path_;
  async::BlockingPool& pool_;
};

class HttpDrain final : public Drain {
 public:
  HttpDrain(const http_client::Url& url, base::SecretString token, const DrainTools& tools)
      : client_(tools.executor, url.endpoint(), tools.clock), target_(url.target), token_(std::move(token)) {}
  async::Task<Result<void>> send(const Origin& origin, std::string_view lines, base::Deadline deadline) override {
    http_client::Request request;
    request.method = "POST";
    request.target = target_;
    request.headers = {{"Content-Type", "application/x-ndjson"}};
    if (!token_.reveal().empty())
      request.headers.emplace_back("Authorization", "Bearer " + std::string(token_.reveal()));
    request.body = as_json_lines(origin, lines);
    CO_TRY_ASSIGN(const auto answer, co_await client_.send(std::move(request), deadline));
    if (answer.status >= 200 && answer.status < 300) co_return Result<void>{};
    co_return failed("it answered with status " + std::to_string(answer.status));
  }

 private:
  http_client::Client client_;
  std::string target_;
  base::SecretString token_;
};

/// Syslog never answers: what the connection took counts as delivered.
class SyslogDrain final : public Drain {
 public:
  SyslogDrain(std::string host, std::uint16_t port, DrainTools tools)
      : endpoint_(http_client::Endpoint::tcp(std::move(host), port)), tools_(tools) {
    std::array<char, 256> name{};
    own_name_ = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "-";
  }
  async::Task<Result<void>> send(const Origin& origin, std::string_view lines, base::Deadline deadline) override {
    if (stream_ && !stream_->idle_and_open()) stream_.reset();
    if (!stream_) {
      CO_TRY_ASSIGN(stream_, co_await http_client::dial(tools_.executor, endpoint_, nullptr, deadline));
    }
    const auto text = as_syslog(origin, own_name_, lines);
    stream_->expire_writes_at(deadline.time());
    auto written = co_await stream_->write_all(text);
    if (!written) stream_.reset();
    co_return written;
  }

 private:
  http_client::Endpoint endpoint_;
  DrainTools tools_;
  std::string own_name_;
  std::unique_ptr<http_client::ByteStream> stream_;
};

Result<std::unique_ptr<Drain>> syslog_at(std::string_view place, const DrainTools& tools) {
  // The parser of URLs knows hosts, brackets and ports; syslog has no path.
  const auto url = http_client::parse_url("http://" + std::string(place));
  const bool has_port = place.find(':') != std::string_view::npos && !place.ends_with(']');
  if (!url || url->target != "/" || !has_port || place.ends_with('/'))
    return base::invalid("logs.drain", "Write syslog+tcp://host:port.");
  return std::make_unique<SyslogDrain>(url->host, url->port, tools);
}

}  // namespace

Result<std::unique_ptr<Drain>> open_drain(const std::string& address, base::SecretString token, DrainTools tools) {
  if (address.starts_with(kFile)) {
    const fs::path path = address.substr(kFile.size());
    if (!path.is_absolute() || !path.has_filename())
      return base::invalid("logs.drain", "Write file:/ and an absolute path.");
    return std::make_unique<FileDrain>(path, tools.pool);
  }
  if (address.starts_with(kSyslog)) return syslog_at(std::string_view(address).substr(kSyslog.size()), tools);
  const auto url = http_client::parse_url(address);
  if (!url || (url->scheme != "https" && url->scheme != "http"))
    return base::invalid("logs.drain", "A drain is file:/path, https://…, http://… or syslog+tcp://host:port.");
  return std::make_unique<HttpDrain>(*url, std::move(token), tools);
}

}  // namespace logs
