#include "control-plane/modules/organizations/limits.hpp"

#include <charconv>

#include "control-plane/modules/organizations/organizations.hpp"

namespace organizations {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20U;

std::unexpected<base::Error> over(const std::string& what, const std::string& used, const std::string& most) {
  return base::fail(base::ErrorKind::forbidden, "plan_limit",
                    "Your organization's limit is " + most + " " + what + ", and it uses " + used +
                        ". Free some, or ask the operator of this installation for more.");
}

bool exceeds(const std::optional<std::int64_t>& most, std::int64_t used, std::int64_t growth) {
  return most && growth > 0 && used + growth > *most;
}

std::string mebibytes(std::int64_t bytes) {
  return std::to_string(bytes / kMiB) + " MiB";
}

bool is_unlimited(const Limits& most) {
  return !most.apps && !most.replicas && !most.memory_bytes && !most.build_minutes;
}

}  // namespace

base::Result<void> check_limits(const Limits& most, const store::Usage& used, const Growth& growth) {
  if (exceeds(most.apps, used.apps, growth.apps)) {
    return over("apps", std::to_string(used.apps), std::to_string(*most.apps));
  }
  if (exceeds(most.replicas, used.replicas, growth.replicas)) {
    return over("replicas of all apps together", std::to_string(used.replicas), std::to_string(*most.replicas));
  }
  if (exceeds(most.memory_bytes, used.memory_bytes, growth.memory_bytes)) {
    return over("of memory for all replicas together", mebibytes(used.memory_bytes), mebibytes(*most.memory_bytes));
  }
  return {};
}

base::Result<void> check_build_minutes(const Limits& most, const store::Usage& used) {
  if (!most.build_minutes || used.build_minutes < *most.build_minutes) return {};
  return over("build minutes a month", std::to_string(used.build_minutes), std::to_string(*most.build_minutes));
}

base::Result<void> may_grow(Tx& tx, base::OrganizationId organization, const Growth& growth, base::UtcTime now) {
  if (growth.apps <= 0 && growth.replicas <= 0 && growth.memory_bytes <= 0) return {};
  const auto most = store::lock_limits(tx, organization);
  if (is_unlimited(most)) return {};
  return check_limits(most, store::usage(tx, organization, month_of(now)), growth);
}

base::Result<void> may_build(Tx& tx, base::OrganizationId organization, base::UtcTime now) {
  const auto most = store::lock_limits(tx, organization);
  if (!most.build_minutes) return {};
  return check_build_minutes(most, store::usage(tx, organization, month_of(now)));
}

base::Result<void> set_limit(Limits& limits, const std::string& change) {
  const auto equals = change.find('=');
  const auto name = change.substr(0, equals);
  const auto value = equals == std::string::npos ? std::string() : change.substr(equals + 1);
  std::optional<std::int64_t> number;
  if (value != "none") {
    std::int64_t read = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (error != std::errc{} || end != value.data() + value.size() || read < 0 || read > 1'000'000'000) {
      return base::invalid(name, name + " is a whole number up to 1000000000, or none for no limit.");
    }
    number = read;
  }
  if (name == "apps") limits.apps = number;
  if (name == "replicas") limits.replicas = number;
  if (name == "memory_mib") limits.memory_bytes = number ? std::optional(*number * kMiB) : std::nullopt;
  if (name == "build_minutes") limits.build_minutes = number;
  if (name == "apps" || name == "replicas" || name == "memory_mib" || name == "build_minutes") return {};
  return base::invalid(name, "There is no limit " + name + ": apps, replicas, memory_mib or build_minutes.");
}

std::string describe(const Limits& limits) {
  const auto text = [](const std::string& name, const std::optional<std::int64_t>& value) {
    return name + "=" + (value ? std::to_string(*value) : "none");
  };
  const auto mib = limits.memory_bytes ? std::optional(*limits.memory_bytes / kMiB) : std::nullopt;
  return text("apps", limits.apps) + " " + text("replicas", limits.replicas) + " " + text("memory_mib", mib) + " " +
         text("build_minutes", limits.build_minutes);
}

base::UtcTime month_of(base::UtcTime now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  return base::UtcTime(std::chrono::sys_days(date.year() / date.month() / 1));
}

}  // namespace organizations
