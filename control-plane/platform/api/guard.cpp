#include "control-plane/platform/api/guard.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"

namespace api {
namespace {

using boost::asio::experimental::awaitable_operators::operator||;

constexpr std::chrono::minutes kLook{1};

/// The projects that they see, in a fixed order; nothing when they see all.
std::optional<std::vector<std::string>> seen_by(const auth::Actor& actor) {
  auto projects = actor.visible_projects();
  if (projects) std::ranges::sort(*projects);
  return projects;
}

/// True unless it is certain that access ended, or that it is to fewer or other projects, which a stream may have read
/// when it began: its reader comes again and gets what they see now. An outage of the database ends no stream.
async::Task<bool> still_admitted(const Doors& doors, postgres::Pool& pool, const base::Clock& clock, Input input) {
  const auto seen = seen_by(input.actor);
  input.now = clock.utc_now();
  input.actor = {};
  const auto known = admit_from_memory(doors, input);
  if (!known) co_return false;
  if (*known && seen_by(input.actor) != seen) co_return false;
  if (*known && !input.actor.differs_by_project()) co_return true;
  try {
    const auto admitted =
        co_await pool.transaction(*known ? input.reach() : postgres::Reach::all(),
                                  [&](Tx& tx) -> base::Result<void> { return admit_in(tx, doors, input, *known); });
    if (!admitted) co_return admitted.error().kind == base::ErrorKind::unavailable;
    co_return seen_by(input.actor) == seen;
  } catch (const base::Failure& failure) {
    logging::debug("api.access_not_checked", {{"reason", failure.what()}});
    co_return true;
  }
}

async::Task<void> wait_on(live::Signal& signal, const Doors* doors, postgres::Pool* pool, const base::Clock* clock,
                          Input input) {
  const auto nudge = signal.subscribe(co_await boost::asio::this_coro::executor);
  // The first look is for what ended before this listened.
  while (co_await still_admitted(*doors, *pool, *clock, input)) co_await nudge->wait(kLook);
}

async::Task<void> run_guarded(std::function<async::Task<void>(http::BodyWriter&)> stream, http::BodyWriter& writer,
                              const Doors* doors, postgres::Pool* pool, const base::Clock* clock, Input input) {
  try {
    co_await (stream(writer) || until_access_ends(doors, pool, clock, std::move(input)));
  } catch (const boost::asio::multiple_exceptions& failed) {
    std::rethrow_exception(failed.first_exception());  // both were cancelled: their reader went
  }
}

}  // namespace

async::Task<void> until_access_ends(const Doors* doors, postgres::Pool* pool, const base::Clock* clock, Input input) {
  co_await (wait_on(doors->credentials->endings(), doors, pool, clock, input) ||
            wait_on(doors->memberships->endings(), doors, pool, clock, input));
}

http::Response guarded(http::Response response, const Doors* doors, postgres::Pool* pool, const base::Clock* clock,
                       Input input) {
  if (!response.stream || input.permission == auth::Permission::nobody) return response;
  response.stream = [stream = std::move(response.stream), doors, pool, clock, input = std::move(input)](
                        http::BodyWriter& writer) { return run_guarded(stream, writer, doors, pool, clock, input); };
  return response;
}

async::Task<bool> guard_work(async::Task<void> work, const Doors* doors, postgres::Pool* pool, const base::Clock* clock,
                             Input input) {
  const auto ended = co_await (std::move(work) || until_access_ends(doors, pool, clock, std::move(input)));
  co_return ended.index() == 1;
}

async::Task<void> guard_socket(async::Task<void> handler, async::MessageTransport& transport, const Doors* doors,
                               postgres::Pool* pool, const base::Clock* clock, Input input) {
  const bool ended = co_await guard_work(std::move(handler), doors, pool, clock, std::move(input));
  if (ended) co_await transport.close(4403, "access ended");
}

}  // namespace api
