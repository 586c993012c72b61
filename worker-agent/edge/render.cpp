#include "worker-agent/edge/render.hpp"

#include <algorithm>
#include <string_view>

namespace edge {
namespace {

constexpr std::string_view kGlobal = R"(  stats timeout 30s
  hard-stop-after 10m
  tune.bufsize 16384
  tune.maxrewrite 1024
  tune.http.maxhdr 101
)";

// Which connection to a replica a request may go over is decided with `txn.lone` and kPool; see docs/adr/0012.
constexpr std::string_view kDefaults = R"(
defaults edge
  mode http
  timeout connect 2s
  timeout http-keep-alive 60s
  timeout client 5m
  timeout client-fin 30s
  timeout server 5m
  timeout server-fin 30s
  timeout tunnel 1h
  timeout queue 5s
  timeout check 1s
  http-reuse always
  option redispatch 1
  retries 1
  retry-on conn-failure empty-response
  errorfile 400 400.http
  errorfile 408 408.http
  errorfile 413 413.http
  errorfile 502 502.http
  errorfile 503 503.http
  errorfile 504 504.http

defaults app from edge
  balance leastconn
  http-request allow if { nbsrv gt 0 } ! { be_name,map_str(limits.map) -m found }
  http-request return status 503 content-type "text/html; charset=utf-8" file 503.html hdr Cache-Control no-store hdr Retry-After 5 if ! { nbsrv gt 0 } { req.hdr(accept) -m sub -i text/html }
  http-request return status 503 content-type "text/plain; charset=utf-8" file 503.txt hdr Cache-Control no-store hdr Retry-After 5 if ! { nbsrv gt 0 }
)";

// An app that can serve and has no limit is done after the first line of the defaults. The others: a token bucket
// (GCRA). A table has, by app and address, the time in µs at which the bucket is full again, modulo 2^32 (71 minutes;
// entries live 11). A request moves it on; one that would move it further ahead of the clock than the burst allows is
// refused, and moves nothing.
constexpr std::string_view kLimit = R"(  http-request allow if ! { be_name,map_str(limits.map) -m found }
  http-request set-var(txn.of) src,ipmask(32,64)
  http-request track-sc0 be_name,concat(-,txn.of) table limits
  http-request set-var(txn.each) be_name,map_str(limits.map),field(1,:),add(0)
  http-request set-var(txn.now) date(0,us),and(4294967295)
  http-request set-var(txn.ahead) sc0_get_gpt0,sub(txn.now),and(4294967295)
  http-request set-var(txn.ahead) int(0) if { sc0_get_gpt0 eq 0 } || { var(txn.ahead) -m int gt 2147483647 }
  http-request set-var(txn.over) be_name,map_str(limits.map),field(2,:),mul(-1),add(txn.ahead)
  http-request deny deny_status 429 content-type "text/html; charset=utf-8" file 429.html hdr Cache-Control no-store hdr Retry-After %[var(txn.over),add(999999),div(1000000)] if { var(txn.over) -m int gt 0 } { req.hdr(accept) -m sub -i text/html }
  http-request deny deny_status 429 content-type "text/plain; charset=utf-8" file 429.txt hdr Cache-Control no-store hdr Retry-After %[var(txn.over),add(999999),div(1000000)] if { var(txn.over) -m int gt 0 }
  http-request sc-set-gpt0(0) var(txn.now),add(txn.ahead),add(txn.each),and(4294967295)

)";

// Some 200 bytes an entry; where it is full the one that was used longest ago goes.
constexpr std::string_view kLimitTable = R"(backend limits from edge
  stick-table type string len 64 size 100k expire 11m store gpt0

)";
constexpr std::int64_t kMinute = 60'000'000;  // µs
constexpr std::int64_t kMostAhead = 10 * kMinute;

// One line an answer, written when its head goes out: backend, server, status, µs since the request was read. Above 200
// requests a second one of 16, so that nothing is spent on them that could be measured.
constexpr std::string_view kAnswerLines = R"(  log global
  option dontlognull
  log-format "%b %s %ST %[date(0,us),sub(txn.begun)] %ts"
  http-request set-var(txn.begun) date(0,us) if ! { fe_req_rate gt 200 } || { rand(16) eq 0 }
  http-request set-log-level silent unless { var(txn.begun) -m found }
)";

// Rules are what a request costs here beyond a bare HAProxy: as few as will do for the usual one, which the first
// "allow" lets go, and all that is rare behind it. `add-header`, for rules above have taken the names away
// (`set-header` looks for them once more); the visitor's address becomes text once for a connection, by any converter
// of strings.
//
// HAProxy itself refuses two Host headers that differ. Where there is none, or a list, the map has no site.
//
// GET and HEAD without a body go over connections that such requests left open; everything else has one of its own,
// that is closed after it.
constexpr std::string_view kFrontend = R"(  option disable-h2-upgrade
  option http-restrict-req-hdr-names reject
  http-request del-header x-forwarded- -m beg
  http-request del-header forwarded
  http-request del-header x-real-ip
  http-request del-header x-client-ip
  http-request del-header true-client-ip
  http-request del-header proxy
  http-request add-header X-Forwarded-For %[var(sess.from)]
  http-request add-header X-Forwarded-Proto http
  http-request add-header X-Forwarded-Host %[req.fhdr(host)]
  http-request set-var(txn.lone) int(0)
  http-request allow if { method GET HEAD } { req.ver -m str 1.1 1.0 } ! { req.fhdr(content-length) -m found } ! { req.fhdr(transfer-encoding) -m found } ! { req.hdr(upgrade) -m sub -i h2c }
  http-request deny deny_status 400 if METH_CONNECT || ! { req.ver -m str 1.1 1.0 } || { req.hdr(upgrade) -m sub -i h2c }
  http-request deny deny_status 413 if { req.hdr(content-length) -m len ge 16 }
  http-request disable-l7-retry if ! { method GET HEAD }
  http-request set-var(txn.lone) int(1)
  http-request set-header Connection close
  use_backend %[req.fhdr(host),field(1,:),lower,map(hosts.map,no-site)]
  default_backend no-site

backend no-site from edge
  http-request deny deny_status 400 if ! { req.hdr_cnt(host) eq 1 }
  http-request return status 404 content-type "text/html; charset=utf-8" file 404.html hdr Cache-Control no-store if { req.hdr(accept) -m sub -i text/html }
  http-request return status 404 content-type "text/plain; charset=utf-8" file 404.txt hdr Cache-Control no-store

)";

// HAProxy 2.6 reuses a connection only for the same "server name" (sni), and looks at it also where there is no TLS. So
// this is the key of the pool: 0 for the first try of a request that may share, else a number that no idle connection
// has. Each evaluation, one a try, makes the next one's the time: a retry never takes a second stale connection.
// pool-max-conn has to be said, for `add server` begins at 0.
constexpr std::string_view kPool =
    " pool-max-conn 100 pool-purge-delay 2s sni date(0,us),mul(txn.lone),add(1),set-var(txn.lone),sub(1)";

/// What may stand between double quotes in HAProxy's configuration without meaning anything else.
bool is_plain_path(const std::filesystem::path& path) {
  const std::string text = path.string();
  return text.starts_with('/') && std::ranges::all_of(text, [](unsigned char c) {
           return c >= 0x20 && c != 0x7f && c != '"' && c != '\\' && c != '$' && c != '\'';
         });
}

std::string host_and_port(const std::string& address, int port) {
  const bool six = address.find(':') != std::string::npos;
  return (six ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

bool takes_requests(const Target& target) {
  return !target.drain;
}

/// HAProxy 2.6 knows 64 threads, and 64 words in a line.
constexpr std::size_t kMostThreads = 48;

/// A single thread is bound to no processor: nobody waits for it spinning.
std::string render_threads(const std::vector<int>& processors) {
  if (processors.empty()) return "";
  const auto threads = std::min(processors.size(), kMostThreads);
  const auto count = std::to_string(threads);
  std::string text = "  nbthread " + count + "\n";
  if (threads == 1) return text;
  text += "  cpu-map auto:1/1-" + count;
  for (std::size_t at = 0; at < threads; ++at) text += " " + std::to_string(processors[at]);
  return text + "\n";
}

}  // namespace

base::Result<std::string> render_frame(const Frame& frame) {
  const auto bad = [](const std::string& what) {
    return base::fail(base::ErrorKind::invalid, "edge.settings", what + " cannot stand in HAProxy's configuration.");
  };
  if (!frame.answer_log.empty() && !is_plain_path(frame.answer_log)) return bad("The path of the answer log");
  if (!is_plain_path(frame.socket)) return bad("The path of the runtime socket");
  if (!frame.jail.empty() && !is_plain_path(frame.jail)) return bad("The path of the chroot folder");
  if (frame.http_port < 1 || frame.http_port > 65535) return bad("edge.http_port");
  std::string address = frame.http_address;
  if (address != "0.0.0.0" && address != "::") {
    TRY_ASSIGN(address, check_address(frame.http_address));
  }
  std::string text = "# Written by wh-agent; changes are overwritten.\nglobal\n";
  if (!frame.jail.empty()) {
    text += "  chroot \"" + frame.jail.string() + "\"\n  user " + frame.user + "\n  group " + frame.user + "\n";
  }
  text += render_threads(frame.processors);
  text += "  maxconn " + std::to_string(frame.max_connections) + "\n";
  if (!frame.answer_log.empty()) text += "  log \"" + frame.answer_log.string() + "\" len 256 format raw local0\n";
  text += "  stats socket \"" + frame.socket.string() + "\" mode 600 level admin expose-fd listeners\n";
  text += kGlobal;
  text += kDefaults;
  text += kLimit;
  text += "frontend http from edge\n  bind " + host_and_port(address, frame.http_port) + "\n";
  const auto request_time = std::chrono::duration_cast<std::chrono::milliseconds>(frame.request_time);
  text += "  timeout http-request " + std::to_string(request_time.count()) + "ms\n";
  text += "  tcp-request session set-var(sess.from) src,lower\n";
  if (!frame.answer_log.empty()) text += kAnswerLines;
  text += kFrontend;
  text += kLimitTable;
  return text;
}

std::string server_arguments(const Target& target) {
  return host_and_port(target.address, target.port) + " check inter 1s fastinter 500ms fall 2 rise 1 weight " +
         std::to_string(target.weight) + std::string(kPool);
}

std::string render_slots(const Layout& layout) {
  std::map<int, const Route*> by_slot;
  for (const auto& [app, placed] : layout.placed) by_slot.emplace(placed.slot, &placed.route);
  std::string text;
  for (int slot = 1; slot <= layout.slots; ++slot) {
    text += "backend " + backend_name(slot) + " from app\n";
    const auto found = by_slot.find(slot);
    if (found == by_slot.end()) continue;
    for (const auto& target : found->second->targets) {
      if (takes_requests(target)) text += "  server " + server_name(target) + " " + server_arguments(target) + "\n";
    }
  }
  return text;
}

std::string render_map(const Layout& layout) {
  std::string text;
  for (const auto& [app, placed] : layout.placed) {
    for (const auto& host : placed.route.hosts) text += host + " " + backend_name(placed.slot) + "\n";
  }
  return text;
}

std::string limit_value(const RequestLimit& limit) {
  const std::int64_t each = kMinute / limit.per_minute;
  return std::to_string(each) + ":" + std::to_string(std::min(each * (limit.burst - 1), kMostAhead));
}

std::string render_limits(const Layout& layout) {
  std::string text;
  for (const auto& [app, placed] : layout.placed) {
    const auto& limit = placed.route.request_limit;
    if (limit) text += backend_name(placed.slot) + " " + limit_value(*limit) + "\n";
  }
  return text;
}

}  // namespace edge
