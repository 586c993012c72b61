#include <array>

#include "common/json/json.hpp"
#include "worker-agent/logs/drain.hpp"
#include "worker-agent/logs/log_line.hpp"

namespace logs {
namespace {

/// RFC 5424 wants microseconds at most.
constexpr std::size_t kSyslogTime = 26;

struct JsonLine {
  std::string time;
  std::string stream;
  std::string text;
  Origin origin;

  template <class F>
  void map(F& f) {
    f.required("time", time);
    f.required("stream", stream);
    f.required("text", text);
    f.required("organization_id", origin.organization);
    f.required("app_environment_id", origin.app_environment);
    f.required("release_id", origin.release);
    f.required("replica_id", origin.replica);
    f.required("index", origin.index);
  }
};

const char* stream_of(char letter) {
  return letter == 'O' ? "stdout" : letter == 'E' ? "stderr" : "gap";
}

}  // namespace

void for_each_line(std::string_view lines, const std::function<void(std::string_view, char, std::string_view)>& take) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.size() < kPrefixBytes || line[kTimeBytes] != ' ') continue;
    const char letter = line[kTimeBytes + 1];
    if (letter == 'O' || letter == 'E' || letter == 'G')
      take(line.substr(0, kTimeBytes), letter, line.substr(kPrefixBytes));
  }
}

std::string as_json_lines(const Origin& origin, std::string_view lines) {
  std::string out;
  for_each_line(lines, [&](std::string_view time, char letter, std::string_view text) {
    out += json::encode(JsonLine{std::string(time), stream_of(letter), std::string(text), origin});
    out += '\n';
  });
  return out;
}

std::string as_syslog(const Origin& origin, std::string_view host, std::string_view lines) {
  std::string out;
  const std::string who =
      std::string(host) + " " + origin.app_environment.to_string() + " " + origin.replica.to_string() + " ";
  for_each_line(lines, [&](std::string_view time, char letter, std::string_view text) {
    // Facility user; informational, error, or warning for what is missing.
    const char* const priority = letter == 'O' ? "<14>1 " : letter == 'E' ? "<11>1 " : "<12>1 ";
    std::string message = priority;
    message.append(time.substr(0, kSyslogTime)).append("Z ").append(who);
    message.append(stream_of(letter)).append(" - ").append(text);
    out.append(std::to_string(message.size())).append(" ").append(message);
  });
  return out;
}

}  // namespace logs
