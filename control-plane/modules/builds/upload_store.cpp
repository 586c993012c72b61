#include "control-plane/modules/builds/upload_store.hpp"

namespace builds::store {
namespace {

const postgres::Statement kBuildsUpload{
    "builds.builds_upload",
    "SELECT 1 FROM jobs j JOIN deployments d ON d.id = j.deployment_id WHERE j.worker_id = $1 AND j.kind = 'build' AND "
    "j.state IN ('assigned', 'running') AND d.git_url = 'upload:' || $2 LIMIT 1"};

}  // namespace

bool builds_upload(Tx& tx, base::WorkerId worker, const std::string& upload) {
  return tx.maybe_one(kBuildsUpload, worker, upload).has_value();
}

}  // namespace builds::store
