#include "control-plane/modules/builds/waiting.hpp"

namespace builds {
namespace {

const postgres::Statement kJobsToSend{
    "builds.jobs_to_send",
    "SELECT DISTINCT worker_id FROM jobs WHERE state = 'assigned' AND NOT dispatched AND worker_id IS NOT NULL"};

}  // namespace

std::vector<base::WorkerId> workers_with_jobs_to_send(Tx& tx) {
  std::vector<base::WorkerId> workers;
  for (const auto& row : tx.rows(kJobsToSend)) workers.push_back(row.id<base::WorkerId>(0));
  return workers;
}

}  // namespace builds
