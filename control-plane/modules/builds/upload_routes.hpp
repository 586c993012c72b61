#pragma once

#include <functional>

#include "common/base/id.hpp"
#include "control-plane/platform/http/route_table.hpp"
#include "control-plane/platform/postgres/pool.hpp"

namespace builds {

/// For build agents, on the hub's own listener: `GET /v1/workers/uploads/{upload}?at=N` answers the bytes of an archive
/// from there on, at most 1 MiB, nothing at its end; only to a worker that holds the lease of a build of it.
/// `admit`: whose bearer token that is; its error is the answer.
using AdmitWorker = std::function<base::Result<base::WorkerId>(Tx& tx, const std::string& token)>;
void add_upload_routes(http::RouteTable& hub, postgres::Pool& pool, AdmitWorker admit);

}  // namespace builds
