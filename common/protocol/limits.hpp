#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The constants of the worker protocol, version 1. Where another place says otherwise, PROTOCOL.md holds.
namespace protocol {

inline constexpr int kVersion = 1;
inline constexpr std::string_view kSubprotocol = "wisehosting.v1";

inline constexpr std::size_t kMacBytes = 32;
inline constexpr std::size_t kNonceBytes = 32;
inline constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 10U;
inline constexpr std::size_t kMaxTypeBytes = 64;
inline constexpr std::size_t kMaxStreamAttachment = std::size_t{64} << 10U;
inline constexpr std::size_t kMaxObjectBytes = std::size_t{256} << 10U;
inline constexpr std::size_t kMaxAssignmentObjects = 4'000;
inline constexpr std::size_t kMaxObjectsAsked = 64;
inline constexpr std::uint64_t kMaxGeneration = (std::uint64_t{1} << 53U) - 1;
/// A reported epoch above the control plane's own may raise a worker's commands by at most this.
inline constexpr std::uint64_t kMaxEpochRaise = 1'000;

inline constexpr std::uint64_t kFirstStreamCredit = std::uint64_t{256} << 10U;
inline constexpr std::uint64_t kMaxConnectionCredit = std::uint64_t{4} << 20U;

inline constexpr std::chrono::seconds kPingEvery{10};
inline constexpr std::chrono::seconds kDeadAfter{30};
inline constexpr std::chrono::seconds kTokenGrace{30};    ///< a connection outlives its token's `exp` by this
inline constexpr std::chrono::seconds kCommandLife{120};  ///< `not_after` of assignments and trust
inline constexpr std::chrono::seconds kIssuedAhead{120};  ///< an `issued_at` further ahead does not advance the clock
inline constexpr std::chrono::seconds kRefreshSkew{60};   ///< of `ts` in a refresh
inline constexpr std::chrono::minutes kNonceMemory{5};    ///< for refresh nonces
inline constexpr std::chrono::minutes kCredentialOverlap{10};  ///< the previous `gen` stays valid
inline constexpr std::chrono::hours kEnrolmentTokenLife{1};
inline constexpr int kEnrolmentFailuresPerMinute = 5;

}  // namespace protocol
