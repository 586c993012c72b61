#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace base {

/// 128 bits of a UUID, printed in lower case with dashes.
class Uuid {
 public:
  Uuid() = default;
  explicit Uuid(std::array<std::uint8_t, 16> bytes) : bytes_(bytes) {}

  /// A UUIDv7 (RFC 9562): 48 bits of unix milliseconds, then randomness. Thread-safe.
  static Uuid v7(UtcTime now);
  /// Accepts exactly the lower-case form with dashes.
  static Result<Uuid> parse(std::string_view text);

  std::string to_string() const;
  bool is_nil() const { return bytes_ == std::array<std::uint8_t, 16>{}; }
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A UUID that says what it identifies, so that two kinds cannot be mixed up.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(Uuid value) : value_(value) {}
  static Id make(const Clock& clock) { return Id(Uuid::v7(clock.utc_now())); }
  static Result<Id> parse(std::string_view text) {
    auto uuid = Uuid::parse(text);
    if (!uuid) return std::unexpected<Error>(std::move(uuid).error());
    return Id(*uuid);
  }
  const Uuid& uuid() const { return value_; }
  std::string to_string() const { return value_.to_string(); }
  bool is_nil() const { return value_.is_nil(); }
  auto operator<=>(const Id&) const = default;

 private:
  Uuid value_;
};

// Every kind of id of the product; alphabetical, append only.
using AppEnvironmentId = Id<struct AppEnvironmentTag>;
using AppId = Id<struct AppTag>;
using AuditEventId = Id<struct AuditEventTag>;
using DeploymentId = Id<struct DeploymentTag>;
using EnvironmentId = Id<struct EnvironmentTag>;
using JobId = Id<struct JobTag>;
using OrganizationId = Id<struct OrganizationTag>;
using PersonId = Id<struct PersonTag>;
using ProjectId = Id<struct ProjectTag>;
using ReleaseId = Id<struct ReleaseTag>;
using ReplicaId = Id<struct ReplicaTag>;
using RolloutId = Id<struct RolloutTag>;
using SessionId = Id<struct SessionTag>;
using StreamId = Id<struct StreamTag>;
using WorkerId = Id<struct WorkerTag>;

}  // namespace base

template <>
struct std::hash<base::Uuid> {
  std::size_t operator()(const base::Uuid& id) const noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i < 16; ++i) value = (value << 8U) | id.bytes()[i];
    return value;
  }
};
template <class Tag>
struct std::hash<base::Id<Tag>> {
  std::size_t operator()(const base::Id<Tag>& id) const noexcept { return std::hash<base::Uuid>{}(id.uuid()); }
};
