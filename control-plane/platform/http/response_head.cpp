#include "control-plane/platform/http/response_head.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "common/http_client/message.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/http/refusal.hpp"

namespace http {
namespace {

// SECURITY.md, part 3, "Headers" (ASVS 3.4.3).
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";
/// What is no page loads nothing.
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'";

std::string http_date(base::UtcTime now) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text;
}

bool breaks_line(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20U && c != '\t') || c == '\x7f'; });
}

class HeadWriter {
 public:
  HeadWriter(const Response& response, const ResponseContext& context) : response_(response), context_(context) {
    text_ = (context.http11 ? "HTTP/1.1 " : "HTTP/1.0 ") + std::to_string(response.status) + " " +
            reason_phrase(response.status) + "\r\n";
  }

  void add(std::string_view name, std::string_view value) {
    text_.append(name).append(": ").append(value).append("\r\n");
  }
  void add_unless_set(std::string_view name, std::string_view value) {
    if (!response_.header(name)) add(name, value);
  }

  void add_own() {
    for (const auto& [name, value] : response_.headers) {
      const bool framing = http_client::same_name(name, "Content-Length") ||
                           http_client::same_name(name, "Transfer-Encoding") ||
                           http_client::same_name(name, "Connection");
      if (framing) continue;
      if (breaks_line(name) || breaks_line(value)) {
        logging::error("http.header_refused", {{"request", context_.request_id}});
        continue;
      }
      add(name, value);
    }
  }

  void add_safety() {
    const bool page = response_.header("Content-Type").value_or("").starts_with("text/html");
    add_unless_set("Content-Security-Policy", page ? kPagePolicy : kDataPolicy);
    add_unless_set("X-Content-Type-Options", "nosniff");
    add_unless_set("Referrer-Policy", "no-referrer");
    add_unless_set("Cross-Origin-Resource-Policy", "same-origin");
    if (page) {
      add_unless_set("Cross-Origin-Opener-Policy", "same-origin");
      add_unless_set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
    }
    if (context_.hsts) add_unless_set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    if (context_.path.starts_with("/api/")) add_unless_set("Cache-Control", "no-store");
  }

  void add_framing(std::optional<std::uint64_t> length) {
    if (!is_bodiless(response_.status)) {
      if (length) add("Content-Length", std::to_string(*length));
      if (!length && context_.http11) add("Transfer-Encoding", "chunked");
    }
    if (!context_.keep_alive) add("Connection", "close");
    if (context_.keep_alive && !context_.http11) add("Connection", "keep-alive");
  }

  std::string finish() && { return std::move(text_.append("\r\n")); }

 private:
  const Response& response_;
  const ResponseContext& context_;
  std::string text_;
};

}  // namespace

bool is_bodiless(int status) {
  return status == 204 || status == 304 || (status >= 100 && status < 200);
}

std::string response_head(const Response& response, const ResponseContext& context,
                          std::optional<std::uint64_t> length) {
  HeadWriter writer(response, context);
  writer.add("Date", http_date(context.now));
  writer.add_unless_set("X-Request-Id", context.request_id);
  writer.add_own();
  writer.add_safety();
  writer.add_framing(length);
  return std::move(writer).finish();
}

}  // namespace http
