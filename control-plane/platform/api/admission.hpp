#pragma once

#include <string>
#include <vector>

#include "control-plane/platform/api/input.hpp"
#include "control-plane/platform/http/message.hpp"

/// How a request becomes an authorised call. Every request, stream and socket goes through these, in this order.
namespace api {

struct Doors {
  auth::CredentialStore* credentials{nullptr};
  auth::Memberships* memberships{nullptr};
  /// Exact values of the Origin header that are this dashboard.
  std::vector<std::string> origins;
  /// Host names (without port) at which the API is reached; empty: any. Keeps out pages that rebound their own name.
  std::vector<std::string> hosts;
};

/// What needs no knowledge of the caller: the host, tokens in the wrong place, requests that another site makes a
/// browser send. `upgrade`: a WebSocket, where a cookie counts only with the right Origin.
base::Result<void> check_request(const http::Request& request, const Doors& doors, bool upgrade);

/// The call as far as the request says; nobody is identified yet.
Input input_of(const http::Request& request, auth::Permission permission, bool every_project, base::UtcTime now);

/// Identifies and authorises from memory alone. True when that was possible (what is still open is only which project
/// it is about), false when the database must be asked.
base::Result<bool> admit_from_memory(const Doors& doors, Input& input);
/// The same from the tables, where `from_memory` was false, and the part about projects. `input` says who called also
/// where they are refused. Leaves `tx` narrowed to what the call may see.
base::Result<void> admit_in(Tx& tx, const Doors& doors, Input& input, bool from_memory);

}  // namespace api
