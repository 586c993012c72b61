#pragma once

#include <list>
#include <string_view>

namespace http {

class Connection;

/// The connections of one thread whose next request has not arrived whole, the longest waiting first: the ones that are
/// closed where others need their place. Touched on that thread only.
class WaitingList {
 public:
  /// A connection's place for as long as it waits.
  class Place {
   public:
    Place(WaitingList& list, Connection& connection) : list_(list) {
      at_ = list_.waiting_.insert(list_.waiting_.end(), &connection);
    }
    ~Place() { list_.waiting_.erase(at_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    WaitingList& list_;
    std::list<Connection*>::iterator at_;
  };

  /// Ends the connection that waits longest, of this address only where one is given. False when none waits.
  bool end_oldest(std::string_view address = {});

 private:
  std::list<Connection*> waiting_;
};

}  // namespace http
