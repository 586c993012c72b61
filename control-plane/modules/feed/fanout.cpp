#include "control-plane/modules/feed/fanout.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"

namespace feed {
namespace {

constexpr std::chrono::minutes kIdle{1};

}  // namespace

async::Task<base::Result<Page>> read_for_all(postgres::Pool& pool, Feed& feed, std::optional<Cursor> from) {
  co_return co_await pool.transaction([&feed, from](Tx& tx) -> base::Result<Page> {
    if (from) return read_for_all(tx, *from);
    return Page{.entries = {}, .next = feed.head(tx), .reset = false};
  });
}

/// Its members belong to the fan-out's lock, but `nudge`.
struct Fanout::Reader {
  explicit Reader(boost::asio::any_io_executor executor) : nudge(std::move(executor)) {}
  async::Nudge nudge;
  bool started{false};
  std::optional<Cursor> lost;
  std::deque<Event> events;
  std::size_t bytes{0};
};

Fanout::Fanout(Source source, Render render) : Fanout(std::move(source), std::move(render), Options{}) {}
Fanout::Fanout(Source source, Render render, Options options)
    : source_(std::move(source)), render_(std::move(render)), options_(options) {}
Fanout::~Fanout() = default;

async::Task<void> Fanout::run(live::Signal& signal) {
  const auto wake = signal.subscribe(co_await boost::asio::this_coro::executor);
  // Its timer must not outlive the loop that this runs on.
  struct Known {
    base::Guarded<State>& state;
    ~Known() {
      state.with([](State& now) { now.wake.reset(); });
    }
  } const known{state_};
  state_.with([&](State& state) { state.wake = wake; });
  for (;;) {
    base::Result<bool> more = false;
    try {
      more = co_await step();
    } catch (const base::Failure& failure) {
      more = base::fail(base::ErrorKind::unavailable, "feed.not_read", failure.what());
    }
    if (!more) {
      // Nobody may notify again for what was not read: it is asked for until it is.
      logging::warn("feed.not_read", {{"reason", more.error().message}});
      co_await async::sleep(options_.retry);
    } else if (!*more) {
      co_await wake->wait(kIdle);
    }
  }
}

/// One page. True when there may be more.
async::Task<base::Result<bool>> Fanout::step() {
  struct From {
    bool anybody{false};
    std::optional<Cursor> position;
  };
  const auto from = state_.with([](State& state) {
    if (state.readers.empty()) state.position.reset();
    return From{!state.readers.empty(), state.position};
  });
  if (!from.anybody) co_return false;
  CO_TRY_ASSIGN(const auto page, co_await source_(from.position));
  hand_out(page);
  co_return !page.entries.empty();
}

void Fanout::hand_out(const Page& page) {
  std::vector<Event> events;
  for (const auto& entry : page.entries) {
    events.push_back({entry.cursor, std::make_shared<const std::string>(render_(entry))});
  }
  state_.with([&](State& state) {
    const bool began = !std::exchange(state.position, page.next).has_value();
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto& organization = page.entries[i].change.organization;
      const auto range = organization ? state.readers.equal_range(*organization)
                                      : std::pair(state.readers.begin(), state.readers.end());
      for (auto reader = range.first; reader != range.second; ++reader) give(*reader->second, events[i]);
    }
    if (!began && !page.reset) return;
    for (const auto& [organization, reader] : state.readers) {
      reader->started = true;
      if (page.reset) reader->lost = page.next;
      reader->nudge.notify();
    }
  });
}

void Fanout::give(Reader& reader, const Event& event) const {
  reader.bytes += event.text->size();
  reader.events.push_back(event);
  if (reader.events.size() > options_.most_events || reader.bytes > options_.most_bytes) {
    reader.lost = event.cursor;
    reader.events.clear();
    reader.bytes = 0;
  }
  reader.nudge.notify();
}

std::unique_ptr<Fanout::Subscription> Fanout::subscribe(base::OrganizationId organization,
                                                        boost::asio::any_io_executor executor) {
  auto reader = std::make_shared<Reader>(std::move(executor));
  state_.with([&](State& state) {
    reader->started = state.position.has_value();
    state.readers.emplace(organization, reader);
    if (!reader->started && state.wake) state.wake->notify();
  });
  return std::make_unique<Subscription>(*this, organization, std::move(reader));
}

void Fanout::leave(base::OrganizationId organization, const std::shared_ptr<Reader>& reader) {
  state_.with([&](State& state) {
    const auto range = state.readers.equal_range(organization);
    for (auto at = range.first; at != range.second; ++at) {
      if (at->second != reader) continue;
      state.readers.erase(at);
      // Who comes next begins at the end of the feed as it is then.
      if (state.readers.empty()) state.position.reset();
      return;
    }
  });
}

std::size_t Fanout::readers() const {
  return state_.with([](const State& state) { return state.readers.size(); });
}

Fanout::Subscription::Subscription(Fanout& fanout, base::OrganizationId organization, std::shared_ptr<Reader> reader)
    : fanout_(fanout), organization_(organization), reader_(std::move(reader)) {}

Fanout::Subscription::~Subscription() {
  fanout_.leave(organization_, reader_);
}

bool Fanout::Subscription::started() const {
  return fanout_.state_.with([&](const State&) { return reader_->started; });
}

Fanout::Subscription::Taken Fanout::Subscription::take() {
  return fanout_.state_.with([&](State&) {
    reader_->bytes = 0;
    return Taken{std::exchange(reader_->lost, std::nullopt), std::exchange(reader_->events, {})};
  });
}

async::Task<bool> Fanout::Subscription::wait(base::Duration at_most) {
  return reader_->nudge.wait(at_most);
}

}  // namespace feed
