#pragma once

#include "common/async/message_transport.hpp"
#include "control-plane/platform/api/admission.hpp"
#include "control-plane/platform/http/route_table.hpp"
#include "control-plane/platform/postgres/pool.hpp"

/// Long answers end with the access that they were given for.
namespace api {

/// Returns when the caller may not do any more what they were admitted for: signed out, removed, a smaller role, the
/// token revoked. Looks whenever credentials or memberships ended anywhere, and each minute.
async::Task<void> until_access_ends(const Doors* doors, postgres::Pool* pool, const base::Clock* clock, Input input);

/// `response`, its stream cut off when access ends. `doors`, `pool` and `clock` live as long as the server.
http::Response guarded(http::Response response, const Doors* doors, postgres::Pool* pool, const base::Clock* clock,
                       Input input);

/// Runs `work` until it ends or access does; true when access did.
async::Task<bool> guard_work(async::Task<void> work, const Doors* doors, postgres::Pool* pool, const base::Clock* clock,
                             Input input);
/// Runs `handler` until it ends or access does; then the socket is closed with 4403.
async::Task<void> guard_socket(async::Task<void> handler, async::MessageTransport& transport, const Doors* doors,
                               postgres::Pool* pool, const base::Clock* clock, Input input);

}  // namespace api
