#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace logging {

/// error: an operator must act. warn: degraded, heals itself. info: rare changes of state. debug: all else.
enum class Level { debug, info, warn, error };

/// A field's value. Ids and numbers; never bodies, tokens or values of environment variables.
class Value {
 public:
  Value(bool value) : value_(value) {}                           // NOLINT: implicit on purpose
  Value(std::string value) : value_(std::move(value)) {}         // NOLINT
  Value(std::string_view value) : value_(std::string(value)) {}  // NOLINT
  Value(const char* value) : value_(std::string(value)) {}       // NOLINT
  template <std::signed_integral T>
  Value(T value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Value(T value) : value_(static_cast<std::uint64_t>(value)) {}  // NOLINT
  template <std::floating_point T>
  Value(T value) : value_(static_cast<double>(value)) {}  // NOLINT

  void append_to(std::string& out) const;

 private:
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string> value_;
};

struct Field {
  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

struct Options {
  std::string process;  ///< e.g. "agent"; stands in every line
  Level level{Level::info};
  std::optional<std::filesystem::path> file{};  ///< appended to, mode 0600; absent: standard error
};

/// Sets where lines go. Call once at the start of main; before that, lines of level info and up go to standard error.
/// Throws base::Failure when the file cannot be opened. Thread-safe, like everything here.
void init(Options options);
/// The lines go here instead, for tests; an empty function ends it. Called under a lock: do not log from inside.
void capture(std::function<void(const std::string& line)> sink);
std::optional<Level> parse_level(std::string_view name);
bool enabled(Level level);

/// Writes one line {"ts","level","process","event",…fields}. `event` is a stable name such as `build.finished`.
/// Costs one write(2). A line that cannot be written is lost.
void write(Level level, std::string_view event, std::span<const Field> fields);

inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::debug, event, {fields.begin(), fields.size()});
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, {fields.begin(), fields.size()});
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::warn, event, {fields.begin(), fields.size()});
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, {fields.begin(), fields.size()});
}

}  // namespace logging
