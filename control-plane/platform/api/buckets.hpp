#pragma once

/// Names of buckets of rate limits that a refusal's headers are told of (RateLimits::describe).
namespace api {

/// Before the address of who calls hooks.
inline constexpr const char* kHookCalls = "hook:";

}  // namespace api
