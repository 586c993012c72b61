#pragma once

#include <string>
#include <vector>

#include "common/http_client/networks.hpp"
#include "control-plane/platform/http/message.hpp"

namespace http {

/// Who really asks, where a reverse proxy stands in front: the last address of X-Forwarded-For that is no trusted proxy
/// itself. The header is read only when `peer` is a trusted proxy; without any, or with what is no address in it, the
/// peer is who asks. Everything else that proxies send (X-Forwarded-Host, Forwarded, …) is never read.
std::string client_address(const std::string& peer, const Headers& headers,
                           const std::vector<http_client::Network>& trusted_proxies);

}  // namespace http
