#include "common/json/json.hpp"
#include "control-plane/modules/observability/drain_sinks.hpp"

namespace observability {
namespace {

using scheduling::LogLine;

/// RFC 5424 wants microseconds at most; lines that are not of the agent's form have no time.
constexpr std::size_t kSyslogTime = 26;
constexpr std::size_t kLongestAppName = 48;

const char* stream_of(const LogLine& line) {
  switch (line.kind) {
    case LogLine::Kind::out: return "stdout";
    case LogLine::Kind::error: return "stderr";
    case LogLine::Kind::gap: return "gap";
  }
  return "stdout";
}

/// Facility user; informational, error, or warning for what is missing.
const char* priority_of(const LogLine& line) {
  switch (line.kind) {
    case LogLine::Kind::out: return "<14>1 ";
    case LogLine::Kind::error: return "<11>1 ";
    case LogLine::Kind::gap: return "<12>1 ";
  }
  return "<14>1 ";
}

struct JsonLine {
  const DrainLines& whose;
  const LogLine& line;

  template <class F>
  void map(F& f) {
    f.required("time", line.time);
    f.required("stream", std::string(stream_of(line)));
    f.required("text", line.text);
    f.required("organization", whose.names.organization);
    f.required("app", whose.names.app);
    f.required("environment", whose.names.environment);
    f.required("replica", whose.index);
    f.required("worker", whose.worker);
    f.required("replica_id", whose.replica);
    f.required("release_id", whose.release);
  }
};

std::string message_of(const DrainLines& whose, const LogLine& line) {
  std::string message = priority_of(line);
  if (line.time.size() > kSyslogTime) {
    message.append(line.time, 0, kSyslogTime).append("Z ");
  } else {
    message.append(line.time.empty() ? "- " : line.time + " ");
  }
  auto name = whose.names.app;
  if (whose.names.environment != "production") name += "@" + whose.names.environment;
  name.resize(std::min(name.size(), kLongestAppName));
  message.append(whose.worker).append(" ").append(name).append(" ").append(std::to_string(whose.index));
  return message.append(" ").append(stream_of(line)).append(" - ").append(line.text);
}

template <class F>
void for_each_line(const std::vector<DrainLines>& all, F use) {
  for (const auto& whose : all) {
    for (const auto& line : whose.lines) use(whose, line);
  }
}

}  // namespace

std::string as_json_lines(const std::vector<DrainLines>& all) {
  std::string text;
  for_each_line(all, [&](const DrainLines& whose, const LogLine& line) {
    text += json::encode(JsonLine{whose, line});
    text += '\n';
  });
  return text;
}

std::string as_syslog(const std::vector<DrainLines>& all) {
  std::string text;
  for_each_line(all, [&](const DrainLines& whose, const LogLine& line) {
    const auto message = message_of(whose, line);
    text.append(std::to_string(message.size())).append(" ").append(message);
  });
  return text;
}

}  // namespace observability
