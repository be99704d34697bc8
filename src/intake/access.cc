#include "intake/access.h"

#include "base/text.h"
#include "facts/facts.h"
#include "intake/access_store.h"

namespace hotline::intake {

namespace {

std::string context_of(std::string_view report) {
  return "password of " + std::string(report);
}

}  // namespace

Result<AccessSafe> AccessSafe::open(const std::string& keys_folder) {
  TRY(key, crypto::key_file(keys_folder + "/access.key"));
  return AccessSafe(std::move(key));
}

std::string AccessSafe::seal(std::string_view report,
                             const Sensitive<std::string>& password) const {
  if (password.reveal().empty()) return "";
  return base64(crypto::seal(key_, password.reveal(), context_of(report)));
}

Result<Sensitive<std::string>> AccessSafe::unseal(std::string_view report,
                                                  std::string_view sealed) const {
  TRY(bytes, unbase64(sealed));
  TRY(text, crypto::open(key_, bytes, context_of(report)));
  return Sensitive<std::string>(std::move(text));
}

Result<Sensitive<std::string>> open_password(db::Database& database, const AccessSafe& safe,
                                             const casework::Case& casefile,
                                             const casework::ReportId& report,
                                             const casework::PersonId& person, Instant now) {
  TRY(sealed, database.transact([&](db::Transaction& tx) -> Result<std::string> {
    TRY(rows, AccessStore(tx).of_case(casefile.id));
    const auto row = rows.find(report.str());
    if (row == rows.end() || row->second.password.empty())
      return fail(ErrorKind::not_found, "No password was given with this report.");
    TRY_DONE(facts::FactStore(tx).append({casefile.tenant.str(),
                                          "access_opened",
                                          person.str(),
                                          casefile.id.str(),
                                          report.str(),
                                          {},
                                          now}));
    return row->second.password;
  }));
  return safe.unseal(report.str(), sealed);
}

}  // namespace hotline::intake
