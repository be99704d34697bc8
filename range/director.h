// The director: plays the people at every host.
//
// It reads the notices that arrive in the abuse mailboxes, finds the site that each
// is about, and does what sites.json says that host does, after the time it takes
// there: remove, bring back, move, answer. Web and DNS changes are links, zone files
// and a reload; answers go through the notice's link, as the hotline's own page
// offers it. What is planned and what was done stands in one file, so a range that
// is started again goes on where it was.
//
// Runs outside the range's namespace and has no thread of its own: call tick().
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "range/content.h"
#include "range/letter.h"
#include "range/world.h"

namespace hotline::range {

class Director {
 public:
  /// `speed` 2 means that hosts take half the time. `names_changed` is called after zone files
  /// were written anew.
  Director(const World& world, std::string dir, double speed, std::function<void()> names_changed);

  /// Brings every link and zone file to the stored state. Error as the file system gives it.
  Done set_up(Instant now);
  /// Reads new letters and orders, and does what is due.
  void tick(Instant now);

  [[nodiscard]] SiteState state(const std::string& site) const;

 private:
  struct Memory {
    SiteState state = SiteState::up;
    std::int64_t letters = 0;
    bool elsewhere = false;  ///< The name points to the second address.
  };
  struct Planned {
    Instant at;
    std::string site, what, link;
    int tries = 0;
  };

  void read_mail(Instant now);
  void take_letter(const std::string& mailbox, const Letter& letter, Instant now);
  void plan(const Site& site, const std::vector<Deed>& deeds, const std::string& link, Instant now);
  const std::vector<Deed>* script_for(const Site& site, const std::string& mailbox) const;
  void read_orders(Instant now);
  void perform(const Planned& deed, Instant now);
  void set_state(const Site& site, SiteState state, Instant now);
  Done write_names(Instant now);
  void remember() const;
  void recall();

  const World& world_;
  std::string dir_;
  double speed_;
  std::function<void()> names_changed_;
  std::map<std::string, Memory> memory_;
  std::vector<Planned> planned_;
  std::int64_t serial_ = 0;
};

/// Asks the running range to bring a site into a state, and waits until it is so.
[[nodiscard]] Done order_state(const std::string& dir, const std::string& site, SiteState state);

}  // namespace hotline::range
