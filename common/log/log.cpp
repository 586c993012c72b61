#include "common/log/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "common/base/clock.hpp"
#include "common/base/failure.hpp"
#include "common/base/guarded.hpp"
#include "common/base/unique_fd.hpp"
#include "common/json/encode.hpp"

namespace logging {
namespace {

constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};

struct Sink {
  std::string process;
  Level level{Level::info};
  base::UniqueFd file;
  std::function<void(const std::string&)> captured;
};

/// Never destroyed, so that threads may log until the very end.
base::Guarded<Sink>& sink() {
  static auto* instance = new base::Guarded<Sink>;
  return *instance;
}

void write_line(int fd, std::string_view line) {
  while (!line.empty()) {
    const ssize_t put = ::write(fd, line.data(), line.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string format(Level level, std::string_view process, std::string_view event, std::span<const Field> fields) {
  std::string line = R"({"ts":")" + base::format_utc(base::SystemClock().utc_now()) + R"(","level":")";
  line += kNames[static_cast<std::size_t>(level)];
  line += R"(","process":)" + json::quoted(process) + R"(,"event":)" + json::quoted(event);
  for (const auto& field : fields) {
    line.push_back(',');
    json::append_quoted(line, field.key);
    line.push_back(':');
    field.value.append_to(line);
  }
  line += "}\n";
  return line;
}

}  // namespace

void Value::append_to(std::string& out) const {
  std::visit([&out](const auto& value) { out += json::encode(value); }, value_);
}

void init(Options options) {
  base::UniqueFd file;
  if (options.file) {
    file = base::UniqueFd(::open(options.file->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file.valid()) base::throw_errno("open the log " + options.file->string());
  }
  sink().with([&](Sink& s) {
    s.process = std::move(options.process);
    s.level = options.level;
    s.file = std::move(file);
  });
}

void capture(std::function<void(const std::string&)> captured) {
  sink().with([&](Sink& s) { s.captured = std::move(captured); });
}

std::optional<Level> parse_level(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Level>(i);
  }
  return std::nullopt;
}

bool enabled(Level level) {
  return sink().with([level](const Sink& s) { return level >= s.level || s.captured; });
}

void write(Level level, std::string_view event, std::span<const Field> fields) {
  sink().with([&](const Sink& s) {
    if (level < s.level && !s.captured) return;
    const std::string line = format(level, s.process, event, fields);
    if (s.captured) {
      s.captured(line);
    } else {
      write_line(s.file.valid() ? s.file.get() : STDERR_FILENO, line);
    }
  });
}

}  // namespace logging
