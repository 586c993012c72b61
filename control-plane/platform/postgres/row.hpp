#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace postgres {

/// One value that goes into a statement; everything travels as text.
class Param {
 public:
  Param(std::nullopt_t) : null_(true) {}
  Param(const char* value) : text_(value) {}
  Param(std::string value) : text_(std::move(value)) {}
  Param(std::string_view value) : text_(value) {}
  Param(bool value) : text_(value ? "t" : "f") {}
  Param(int value) : text_(std::to_string(value)) {}
  Param(long value) : text_(std::to_string(value)) {}
  Param(long long value) : text_(std::to_string(value)) {}
  Param(unsigned long value) : text_(std::to_string(value)) {}
  Param(base::UtcTime value);
  Param(const base::Uuid& value) : text_(value.to_string()) {}
  template <class Tag>
  Param(const base::Id<Tag>& value) : text_(value.to_string()) {}
  template <class T>
  Param(const std::optional<T>& value) : null_(!value) {
    if (value) text_ = Param(*value).text_;
  }
  /// A `text[]`.
  Param(const std::vector<std::string>& values);

  const char* c_str() const { return null_ ? nullptr : text_.c_str(); }

 private:
  std::string text_;
  bool null_{false};
};

/// A `bytea` parameter.
Param bytes(std::string_view value);

/// One result row; columns by position, in the order of the statement. Throws `Failure` on a type that does not fit.
class Row {
 public:
  explicit Row(std::vector<std::optional<std::string>> values) : values_(std::move(values)) {}

  bool is_null(std::size_t column) const { return !values_.at(column); }
  /// The text of a column that is not null.
  const std::string& text(std::size_t column) const;
  std::string text_or(std::size_t column, std::string fallback) const;
  std::optional<std::string> maybe_text(std::size_t column) const { return values_.at(column); }
  std::int64_t integer(std::size_t column) const;
  std::optional<std::int64_t> maybe_integer(std::size_t column) const;
  bool boolean(std::size_t column) const { return text(column) == "t"; }
  base::UtcTime time(std::size_t column) const;
  std::optional<base::UtcTime> maybe_time(std::size_t column) const;
  std::string bytes(std::size_t column) const;
  std::vector<std::string> texts(std::size_t column) const;
  base::Uuid uuid(std::size_t column) const;
  template <class IdType>
  IdType id(std::size_t column) const {
    return IdType(uuid(column));
  }
  template <class IdType>
  std::optional<IdType> maybe_id(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return IdType(uuid(column));
  }

 private:
  std::vector<std::optional<std::string>> values_;
};

}  // namespace postgres
