#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/base/guarded.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/platform/live/signal.hpp"

namespace feed {

/// An entry as every live reader gets it, rendered once.
struct Event {
  Cursor cursor;
  std::shared_ptr<const std::string> text;
};

/// Up to 500 entries behind `cursor`, of all organizations, oldest first.
Page read_for_all(Tx& tx, Cursor cursor);
/// The same or, without a cursor, the end of the feed now.
async::Task<base::Result<Page>> read_for_all(postgres::Pool& pool, Feed& feed, std::optional<Cursor> from);

/// Reads the feed once for all live readers of this instance and hands each what its organization may see: what a
/// change costs grows with those who see it, not with those who are connected. Without readers it reads nothing.
/// Thread-safe.
class Fanout {
 public:
  struct Options {
    std::size_t most_events{1'000};          ///< that wait for one reader; a slower one is told to begin anew
    std::size_t most_bytes{1 << 20U};        ///< the same
    std::chrono::milliseconds retry{1'000};  ///< after the database was away
  };
  /// Reads behind `from`, for all organizations; the end of the feed where nothing is given.
  using Source = std::function<async::Task<base::Result<Page>>(std::optional<Cursor> from)>;
  using Render = std::function<std::string(const Entry&)>;

  class Subscription;

  Fanout(Source source, Render render);
  Fanout(Source source, Render render, Options options);
  ~Fanout();
  Fanout(const Fanout&) = delete;
  Fanout& operator=(const Fanout&) = delete;

  /// Hands out what comes until it is cancelled. `signal` is notified after each commit, and now and then. Once.
  async::Task<void> run(live::Signal& signal);
  /// Everything that is committed from now on, for a reader who waits on `executor`. Ends with its owner, who must not
  /// outlive this.
  std::unique_ptr<Subscription> subscribe(base::OrganizationId organization, boost::asio::any_io_executor executor);
  std::size_t readers() const;

 private:
  struct Reader;
  struct State {
    std::multimap<base::OrganizationId, std::shared_ptr<Reader>> readers;
    std::optional<Cursor> position;  ///< everything up to here was handed out; nothing while nobody reads
    std::shared_ptr<async::Nudge> wake;
  };
  async::Task<base::Result<bool>> step();
  void hand_out(const Page& page);
  void give(Reader& reader, const Event& event) const;
  void leave(base::OrganizationId organization, const std::shared_ptr<Reader>& reader);

  Source source_;
  Render render_;
  Options options_;
  base::Guarded<State> state_;
};

/// One reader's place in the queue. Its methods run on the reader's executor.
class Fanout::Subscription {
 public:
  Subscription(Fanout& fanout, base::OrganizationId organization, std::shared_ptr<Reader> reader);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// False at first, until it is certain that everything comes that is committed from here on.
  bool started() const;
  struct Taken {
    std::optional<Cursor> lost;  ///< what stood up to here did not fit: begin anew
    std::deque<Event> events;    ///< oldest first, behind what was lost
  };
  Taken take();
  /// True when something came, false when `at_most` passed.
  async::Task<bool> wait(base::Duration at_most);

 private:
  Fanout& fanout_;
  base::OrganizationId organization_;
  std::shared_ptr<Reader> reader_;
};

}  // namespace feed
