#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "common/audit/verifier.hpp"
#include "control-plane/modules/audit/api.hpp"
#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/audit/service.hpp"
#include "control-plane/modules/audit/tasks.hpp"
#include "control-plane/platform/postgres/pool.hpp"
#include "tests/support/database.hpp"

namespace audit_test {

inline const base::OrganizationId kAcme = *base::OrganizationId::parse("01900000-0000-7000-8000-000000000001");
inline const base::OrganizationId kOther = *base::OrganizationId::parse("01900000-0000-7000-8000-000000000002");
inline const base::SystemClock kClock;

template <class F>
auto run(postgres::Pool& pool, F work) {
  using Value = std::invoke_result_t<F, Tx&>;
  return *pool.blocking_on_pool([&](Tx& tx) -> base::Result<Value> { return work(tx); });
}

/// A database with two organizations, a log, its sealer and its readers.
struct Ledger {
  Ledger() {
    database.run("INSERT INTO organizations (id, slug, name) VALUES ('" + kAcme.to_string() + "', 'acme', 'Acme'), ('" +
                 kOther.to_string() + "', 'other', 'Other')");
  }
  void write(postgres::Pool& pool, base::OrganizationId organization, const std::string& action) {
    run(pool, [&](Tx& tx) {
      log.record_machine(
          tx, organization, "system", "test",
          {.action = action, .object_kind = "thing", .object_id = "1", .before = "", .after = R"({"n":1})"});
      return true;
    });
  }
  /// Seals until nothing is left that can be.
  int seal(postgres::Pool& pool) {
    int sealed = 0;
    for (int n = 1; n > 0; sealed += n) n = run(pool, [&](Tx& tx) { return sealer.seal(tx); });
    return sealed;
  }
  std::vector<audit_chain::Line> lines(postgres::Pool& pool, base::OrganizationId organization) {
    return run(pool, [&](Tx& tx) {
      std::vector<audit_chain::Line> all;
      for (const auto& entry : service.chain(tx, organization, 0, 100'000))
        all.push_back(audit::line(entry.event, entry.seal));
      for (const auto& entry : service.unsealed(tx, organization, 100'000))
        all.push_back(audit::line(entry.event, entry.seal));
      return all;
    });
  }
  audit_chain::Head head(postgres::Pool& pool, base::OrganizationId organization) {
    return run(pool, [&](Tx& tx) { return service.head(tx, organization); });
  }
  audit_chain::Verifier verify(postgres::Pool& pool, base::OrganizationId organization,
                               const audit_chain::Head* kept = nullptr) {
    audit_chain::Verifier verifier(organization.to_string(), {{key.id, key.pair.public_key}});
    if (kept != nullptr) verifier.expect(*kept);
    for (const auto& line : lines(pool, organization)) verifier.take(line);
    verifier.end(0);
    return verifier;
  }

  support::Database database;
  audit::SigningKey key{"ak1", crypto::ed25519_generate()};
  audit::Log log{kClock};
  audit::Sealer sealer{kClock, key};
  audit::Service service{kClock, key};
};

inline std::vector<std::string> codes(const audit_chain::Verifier& verifier) {
  std::vector<std::string> all;
  for (const auto& finding : verifier.findings()) all.push_back(finding.code);
  return all;
}

}  // namespace audit_test
