#include "common/config/table.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "common/base/files.hpp"

namespace config {
namespace detail {
namespace {

std::unexpected<base::Error> wrong(std::string message) {
  return base::invalid("", std::move(message));
}

/// The one text of a value that is not a list, when it was not written as another type.
base::Result<std::string_view> single(const Written& written, Written::Form allowed, const char* what) {
  if (written.form != Written::Form::text && written.form != allowed) return wrong(std::string("must be ") + what);
  return std::string_view(written.parts.front());
}

template <class T>
bool parse_whole(std::string_view text, T& out) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stopped == end;
}

base::Result<void> check(const Rule& rule, std::int64_t value, const char* unit) {
  if (value >= rule.low.value_or(INT64_MIN) && value <= rule.high.value_or(INT64_MAX)) return {};
  if (!rule.high) return wrong("must be at least " + std::to_string(*rule.low) + unit);
  return wrong("must be between " + std::to_string(rule.low.value_or(0)) + " and " + std::to_string(*rule.high) + unit);
}

struct Unit {
  std::string_view name;
  base::Duration length;
};
constexpr std::array<Unit, 5> kUnits{{{"d", std::chrono::hours(24)},
                                      {"h", std::chrono::hours(1)},
                                      {"m", std::chrono::minutes(1)},
                                      {"s", std::chrono::seconds(1)},
                                      {"ms", std::chrono::milliseconds(1)}}};

}  // namespace

base::Result<void> set_bool(const Written& written, bool& out) {
  TRY_ASSIGN(const auto text, single(written, Written::Form::boolean, "true or false"));
  if (text != "true" && text != "false") return wrong("must be true or false");
  out = text == "true";
  return {};
}

base::Result<void> set_integer(const Written& written, std::int64_t low, std::int64_t high, std::int64_t& out) {
  TRY_ASSIGN(const auto text, single(written, Written::Form::number, "a whole number"));
  std::int64_t value = 0;
  if (!parse_whole(text, value)) return wrong("must be a whole number");
  if (value < low || value > high) {
    return wrong("must be between " + std::to_string(low) + " and " + std::to_string(high));
  }
  out = value;
  return {};
}

base::Result<void> set_real(const Written& written, double& out) {
  TRY_ASSIGN(const auto text, single(written, Written::Form::number, "a number"));
  double value = 0;
  if (!parse_whole(text, value) || !std::isfinite(value)) return wrong("must be a number");
  out = value;
  return {};
}

base::Result<void> set_text(const Written& written, const Rule& rule, std::string& out) {
  TRY_ASSIGN(const auto text, single(written, Written::Form::string, "text in quotes"));
  TRY_CHECK(check(rule, static_cast<std::int64_t>(text.size()), " bytes long"));
  out = text;
  return {};
}

base::Result<void> set_list(const Written& written, std::vector<std::string>& out) {
  if (written.form == Written::Form::list) {
    out = written.parts;
    return {};
  }
  TRY_ASSIGN(std::string_view text, single(written, Written::Form::list, "a list of texts"));
  out.clear();
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma > 0) out.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return {};
}

base::Result<void> set_duration(const Written& written, const Rule& rule, base::Duration& out) {
  TRY_ASSIGN(const auto text, single(written, Written::Form::string, "a duration in quotes, such as \"30s\""));
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::int64_t count = 0;
  for (const auto& unit : kUnits) {
    if (text.substr(digits) != unit.name || !parse_whole(text.substr(0, digits), count)) continue;
    if (count > base::Duration::max() / unit.length) return wrong("is too long");
    const base::Duration value = unit.length * count;
    TRY_CHECK(check(rule, std::chrono::duration_cast<std::chrono::seconds>(value).count(), " seconds"));
    out = value;
    return {};
  }
  return wrong("must be a duration such as 250ms, 30s, 5m, 12h or 7d");
}

std::string show_duration(base::Duration value) {
  for (const auto& unit : kUnits) {
    if (value.count() != 0 && value % unit.length == base::Duration::zero()) {
      return std::to_string(value / unit.length) + std::string(unit.name);
    }
  }
  return value.count() == 0 ? "0s" : std::to_string(value.count()) + "ns";
}

std::string show_list(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ",") + item;
  return text;
}

}  // namespace detail

void Table::secret(std::string_view name, base::SecretString& member, std::string_view description, Rule rule) {
  const auto set = [&member](const Written& written) -> base::Result<void> {
    TRY_ASSIGN(const auto path, detail::single(written, Written::Form::string, "the path of a file, in quotes"));
    try {
      std::string content = base::blocking_read_private_file(path);
      while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
      if (content.empty()) return detail::wrong("names an empty file: " + std::string(path));
      member = base::SecretString(std::move(content));
    } catch (const std::exception& e) {
      return detail::wrong(std::string("cannot be read: ") + e.what());
    }
    return {};
  };
  entries_.push_back(Entry{.key = std::string(name),
                           .description = std::string(description),
                           .type = "secret, in a private file",
                           .rule = rule,
                           .secret = true,
                           .set = set,
                           .show = [&member] { return std::string(member.empty() ? "(not set)" : "(set)"); }});
}

}  // namespace config
