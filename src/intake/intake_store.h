// Storing receipts, what reporters were told, contacts and the outbox of mails. No rules here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"
#include "intake/mail_texts.h"
#include "intake/parcel.h"

namespace hotline::intake {

enum class MailState : std::uint8_t {
  waiting,
  sending,  ///< Handed to the mail server, answer unknown.
  sent,
  refused,  ///< By the mail server, for good.
};
[[nodiscard]] std::string_view name(MailState state);

struct DueMail {
  std::string message_id;  ///< Without a domain.
  std::string parcel;
  Occasion occasion = Occasion::received;
  int attempts = 0;     ///< With this one.
  std::string contact;  ///< Sealed; empty if it was erased meanwhile.
};

class IntakeStore {
 public:
  explicit IntakeStore(db::Transaction& tx) : tx_(tx) {}

  /// A known receipt is the same reporter's next submission. Error `forbidden` if it was given by
  /// another portal.
  Done add_reporter(std::string_view parcel, const casework::TenantId& tenant,
                    std::string_view public_key, std::string_view portal);
  Done add_report(std::string_view parcel, const casework::ReportId& report,
                  const casework::CaseId& casefile, std::int64_t place);
  Result<std::int64_t> report_count(std::string_view parcel);

  struct Told {
    std::string report, parcel, tenant;
    std::optional<Stage> last;
    std::int64_t steps = 0;
  };
  Result<std::vector<Told>> reporters_of_case(const casework::CaseId& casefile);
  Done add_step(std::string_view report, std::int64_t number, Stage stage, Instant at);
  /// The parcel has to be written anew.
  Done touch(std::string_view parcel);

  struct Unpublished {
    std::string parcel, public_key;
    std::int64_t version = 0;
  };
  Result<std::vector<Unpublished>> unpublished(int limit, std::string_view portal);
  Result<Parcel> parcel(std::string_view parcel);
  /// What has changed meanwhile stays unpublished.
  Done mark_published(std::string_view parcel, std::int64_t version);

  Done add_contact(std::string_view parcel, std::string_view sealed);
  Result<bool> has_contact(std::string_view parcel);
  /// The tenant whose contact is erased now; nothing if there was none.
  Result<std::optional<std::string>> erase_contact(std::string_view parcel);

  /// Nothing happens if there is a mail with that id.
  Done add_mail(std::string_view message_id, std::string_view parcel, Occasion occasion,
                Instant due);
  /// Marks them `sending`; each is due again at `again`, should we never hear of it.
  Result<std::vector<DueMail>> take_due_mails(Instant now, Instant again, int limit,
                                              std::string_view portal);
  Done set_mail(std::string_view message_id, MailState state, Instant due,
                std::string_view sentence);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::intake
