#include "control-plane/platform/postgres/row.hpp"

#include <charconv>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"

namespace postgres {

Param::Param(base::UtcTime value) {
  const auto micros = value.time_since_epoch().count();
  const auto at_ms = base::format_utc(value);  // milliseconds; the rest follows so that order is kept
  const auto below_ms = std::to_string(1000 + micros % 1000).substr(1);
  text_ = at_ms.substr(0, at_ms.size() - 1) + below_ms + "Z";
}

Param::Param(const std::vector<std::string>& values) : text_("{") {
  for (const auto& value : values) {
    if (text_.size() > 1) text_.push_back(',');
    text_.push_back('"');
    for (const char c : value) {
      if (c == '"' || c == '\\') text_.push_back('\\');
      if (c != '\0') text_.push_back(c);
    }
    text_.push_back('"');
  }
  text_.push_back('}');
}

Param bytes(std::string_view value) {
  return Param("\\x" + base::hex_encode(value));
}

const std::string& Row::text(std::size_t column) const {
  const auto& value = values_.at(column);
  if (!value) throw base::Failure("database column " + std::to_string(column) + " is null");
  return *value;
}

std::string Row::text_or(std::size_t column, std::string fallback) const {
  const auto& value = values_.at(column);
  return value ? *value : std::move(fallback);
}

std::int64_t Row::integer(std::size_t column) const {
  const auto& value = text(column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size())
    throw base::Failure("database column is no integer: " + value);
  return number;
}

std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

base::UtcTime Row::time(std::size_t column) const {
  // Connections run with timezone UTC and ISO dates: 2026-11-21 10:00:00.123456+00
  auto value = text(column);
  if (value.ends_with("+00")) value.replace(value.size() - 3, 3, "Z");
  const auto time = base::parse_utc(value);
  if (!time) throw base::Failure("database column is no time: " + value);
  return *time;
}

std::optional<base::UtcTime> Row::maybe_time(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

std::string Row::bytes(std::size_t column) const {
  const auto& value = text(column);
  auto decoded = base::hex_decode(std::string_view(value).substr(value.starts_with("\\x") ? 2 : 0));
  if (!decoded) throw base::Failure("database column is no bytea");
  return *std::move(decoded);
}

std::vector<std::string> Row::texts(std::size_t column) const {
  std::vector<std::string> items;
  const auto& value = text(column);
  std::string item;
  bool quoted = false;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\') {
      item.push_back(value[++i]);
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      items.push_back(std::move(item));
      item.clear();
    } else {
      item.push_back(c);
    }
  }
  if (value.size() > 2) items.push_back(std::move(item));
  return items;
}

base::Uuid Row::uuid(std::size_t column) const {
  const auto parsed = base::Uuid::parse(text(column));
  if (!parsed) throw base::Failure("database column is no uuid: " + text(column));
  return *parsed;
}

}  // namespace postgres
