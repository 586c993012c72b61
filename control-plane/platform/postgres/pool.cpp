#include "control-plane/platform/postgres/pool.hpp"

#include <pthread.h>

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/this_coro.hpp>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <pqxx/pqxx>
#include <set>
#include <thread>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"

namespace postgres {
namespace {

std::vector<const Statement*>& registry() {
  static std::vector<const Statement*> statements;
  return statements;
}

/// One connection with the names that are prepared on it. Belongs to one thread.
struct Connection {
  explicit Connection(const std::string& dsn) : link(dsn) {
    link.set_variable("timezone", "'UTC'");
    link.set_variable("datestyle", "'ISO'");
    link.set_variable("bytea_output", "'hex'");
  }
  void prepare(const Statement& statement) {
    if (prepared.contains(&statement)) return;
    link.prepare(statement.name(), statement.sql());
    prepared.insert(&statement);
  }
  pqxx::connection link;
  std::set<const Statement*> prepared;
};

thread_local std::unique_ptr<Connection> current_connection;

/// The statements that make the transaction see what `reach` says. Ids are hexadecimal digits and dashes only.
std::string entering(const Reach& reach) {
  const auto id = [](const auto& value) { return value.is_nil() ? std::string() : value.to_string(); };
  return std::string("SET LOCAL ROLE ") + (reach.everything ? "wh_system" : "wh_api") +
         "; SET LOCAL wh.organization = '" + id(reach.organization) + "'; SET LOCAL wh.person = '" + id(reach.person) +
         "'";
}

/// `touched`: rows that the statement wrote or returned. A WITH may write more than it returns; no SELECT of ours calls
/// what writes.
bool may_have_written(std::string_view sql, std::size_t touched) {
  if (sql.starts_with("SELECT")) return false;
  return touched > 0 || sql.starts_with("WITH");
}

/// A pqxx transaction that begins with its role, in one round trip.
class Work final : public pqxx::internal::basic_transaction {
 public:
  Work(pqxx::connection_base& link, const Reach& reach)
      : pqxx::internal::namedclass("transaction"),
        basic_transaction(link, pqxx::isolation_traits<pqxx::read_committed>::name(), pqxx::read_write),
        start_("BEGIN; " + entering(reach)) {
    Begin();
  }
  ~Work() override { End(); }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

 private:
  void do_begin() override { direct_exec(start_.c_str(), kRetries); }

  static constexpr int kRetries = 2;  // as pqxx's own: a connection that broke while idle is made anew
  std::string start_;
};

class PqxxTransaction final : public Transaction {
 public:
  PqxxTransaction(Connection& connection, const Reach& reach, std::atomic<std::uint64_t>& changes)
      : connection_(connection), work_(connection.link, reach), reach_(reach), changes_(changes) {}

  void enter(const Reach& reach) override {
    if (reach == reach_) return;
    try {
      work_.exec(entering(reach));
    } catch (const pqxx::failure& error) {
      throw base::Failure(std::string("database: ") + error.what());
    }
    reach_ = reach;
  }

  std::vector<Row> run(const Statement& statement, const std::vector<Param>& params) override {
    std::vector<const char*> values;
    values.reserve(params.size());
    for (const auto& param : params) values.push_back(param.c_str());
    try {
      connection_.prepare(statement);
      const auto result = work_.exec_prepared(statement.name(), pqxx::prepare::make_dynamic_params(values));
      auto rows = decode(result);
      wrote_ = wrote_ || may_have_written(statement.sql(), touched_);
      return rows;
    } catch (const pqxx::sql_error& error) {
      throw base::Failure(std::string("statement ") + statement.name() + ": " + error.what());
    } catch (const pqxx::failure& error) {
      throw base::Failure(std::string("database: ") + error.what());
    }
  }
  std::size_t touched() const override { return touched_; }
  void after_commit(std::function<void()> effect) override { effects_.push_back(std::move(effect)); }

  void commit() {
    try {
      work_.commit();
    } catch (const pqxx::failure& error) {
      if (wrote_) ++changes_;  // whether it was committed, nobody knows
      throw base::Failure(std::string("database: ") + error.what());
    }
    if (wrote_) ++changes_;
    for (auto& effect : effects_) effect();
  }

 private:
  std::vector<Row> decode(const pqxx::result& result) {
    touched_ = result.columns() > 0 ? result.size() : result.affected_rows();
    std::vector<Row> rows;
    rows.reserve(result.size());
    for (const auto& row : result) {
      std::vector<std::optional<std::string>> values;
      values.reserve(row.size());
      for (const auto& field : row) {
        if (field.is_null()) {
          values.emplace_back(std::nullopt);
        } else {
          values.emplace_back(std::string(field.c_str(), field.size()));
        }
      }
      rows.emplace_back(std::move(values));
    }
    return rows;
  }

  Connection& connection_;
  Work work_;
  Reach reach_;
  std::atomic<std::uint64_t>& changes_;
  bool wrote_{false};
  std::size_t touched_{0};
  std::vector<std::function<void()>> effects_;
};

}  // namespace

Statement::Statement(const char* name, const char* sql) : name_(name), sql_(sql) {
  registry().push_back(this);
}
const std::vector<const Statement*>& Statement::all() {
  return registry();
}

void Transaction::no_row(const Statement& statement) {
  throw base::Failure(std::string("statement ") + statement.name() + " found no row");
}

struct Pool::Impl {
  /// A thread without work. The one that fell idle last is called first: at rest one connection does everything, and
  /// the others' can be given back to the server, which keeps 8 MB for each.
  struct Idle {
    std::condition_variable called_for;
    bool called{false};
  };

  PoolConfig config;
  std::mutex mutex;
  std::vector<Idle*> idle;  ///< who is called first stands last
  std::deque<std::function<void()>> queue;
  bool stopping{false};
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> changes{0};

  void serve() {
    std::unique_lock lock(mutex);
    while (wait(lock)) {
      auto work = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      work();
      work = nullptr;  // what it owns ends here, too
      lock.lock();
    }
    lock.unlock();
    current_connection.reset();
  }

  /// Until there is work, or none will come any more (false).
  bool wait(std::unique_lock<std::mutex>& lock) {
    Idle self;
    while (queue.empty() && !stopping) {
      self.called = false;
      idle.insert(current_connection ? idle.end() : idle.begin(), &self);
      const auto over = [&] { return self.called || stopping; };
      bool in_time = true;
      if (current_connection) {
        in_time = self.called_for.wait_for(lock, config.idle, over);
      } else {
        self.called_for.wait(lock, over);
      }
      std::erase(idle, &self);
      if (in_time) continue;
      lock.unlock();
      current_connection.reset();
      lock.lock();
    }
    return !queue.empty();
  }

  /// With the mutex held.
  void call_one() {
    if (idle.empty()) return;
    idle.back()->called = true;
    idle.back()->called_for.notify_one();
    idle.pop_back();
  }
};

Pool::Pool(PoolConfig config) : impl_(std::make_unique<Impl>()) {
  impl_->config = std::move(config);
  for (int i = 0; i < impl_->config.size; ++i) {
    impl_->threads.emplace_back([impl = impl_.get(), i] {
      ::pthread_setname_np(::pthread_self(), ("db-" + std::to_string(i)).c_str());
      impl->serve();
    });
  }
}

Pool::~Pool() {
  stop();
}

void Pool::stop() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
    for (auto* const one : impl_->idle) one->called_for.notify_one();
  }
  for (auto& thread : impl_->threads) {
    if (thread.joinable()) thread.join();
  }
}

std::unique_ptr<Transaction> Pool::begin(const Reach& reach) {
  // A broken connection shows at the first statement after the break: one new connection, then the caller hears of it.
  for (int attempt = 0;; ++attempt) {
    try {
      if (!current_connection || !current_connection->link.is_open()) {
        current_connection = std::make_unique<Connection>(impl_->config.dsn);
      }
      auto transaction = std::make_unique<PqxxTransaction>(*current_connection, reach, impl_->changes);
      return transaction;
    } catch (const std::exception& error) {
      current_connection.reset();
      if (attempt >= 1) throw base::Failure(std::string("cannot reach PostgreSQL: ") + error.what());
    }
  }
}

void Pool::commit(Transaction& transaction) {
  static_cast<PqxxTransaction&>(transaction).commit();
}

bool Pool::enqueue(std::function<void()> work) {
  {
    const std::scoped_lock lock(impl_->mutex);
    if (impl_->stopping || impl_->queue.size() >= impl_->config.queue) return false;
    impl_->queue.push_back(std::move(work));
    impl_->call_one();
  }
  return true;
}

async::Task<void> Pool::submit(std::function<void()> work) {
  auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(
      [this, executor](auto handler, std::function<void()> piece) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        // The guard keeps the caller's io_context running while the work is on a database thread.
        auto guard = boost::asio::make_work_guard(executor);
        auto resume = [shared, guard] {
          boost::asio::post(guard.get_executor(), [shared]() mutable { std::move (*shared)(); });
        };
        const bool queued = enqueue([piece = std::move(piece), resume] {
          piece();
          resume();
        });
        if (!queued) resume();
      },
      boost::asio::use_awaitable, std::move(work));
}

void Pool::blocking_submit(std::function<void()> work) {
  std::promise<void> done;
  auto finished = done.get_future();
  if (!enqueue([&] {
        work();
        done.set_value();
      })) {
    return;
  }
  finished.wait();
}

async::Task<bool> Pool::healthy() {
  static const Statement kPing{"postgres.ping", "SELECT 1"};
  try {
    const auto answer =
        co_await transaction([](Transaction& tx) -> base::Result<bool> { return tx.rows(kPing).size() == 1; });
    co_return answer.has_value() && *answer;
  } catch (const base::Failure& failure) {
    logging::warn("postgres.unreachable", {{"reason", failure.what()}});
    co_return false;
  }
}

std::size_t Pool::waiting() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->queue.size();
}

std::uint64_t Pool::changes() const {
  return impl_->changes.load();
}

std::vector<std::string> Pool::blocking_prepare_all() {
  std::vector<std::string> bad;
  blocking_submit([&] {
    Connection connection(impl_->config.dsn);
    for (const Statement* statement : Statement::all()) {
      try {
        connection.prepare(*statement);
        connection.link.prepare_now(statement->name());  // else libpqxx waits for the first use
      } catch (const std::exception& error) {
        bad.push_back(std::string(statement->name()) + ": " + error.what());
      }
    }
  });
  return bad;
}

}  // namespace postgres
