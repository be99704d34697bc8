// hotline evidence: the keys of what is sealed.
#include <unistd.h>

#include <cstdio>

#include "accounts/people.h"
#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "evidence/rotation.h"

namespace hotline::cli {

namespace {

struct Desk {
  const Options& options;
  Installation in;
  std::string key_path;
  std::unique_ptr<evidence::Evidence> evidence;
};

void print(const Desk& desk, const json::object& line, const std::string& talk) {
  if (desk.options.has("json"))
    std::printf("%s\n", json::serialize(line).c_str());
  else
    std::printf("%s\n", talk.c_str());
}

Result<casework::CaseId> case_of(const Options& options) {
  const auto& words = options.words();
  if (words.size() != 2)
    return fail(ErrorKind::invalid, "Say which case: `hotline evidence " + words[0] + " CASE`.");
  return casework::CaseId::parse(words[1]);
}

Result<int> rotate(const Desk& desk) {
  const bool terminal = ::isatty(2) != 0;
  TRY(done, evidence::rotate(*desk.in.database, desk.key_path, SystemClock().now(),
                             [&](std::int64_t cases) {
                               if (terminal)
                                 std::fprintf(stderr, "\r\033[K%lld keys of cases wrapped again",
                                              static_cast<long long>(cases));
                             }));
  if (terminal) std::fprintf(stderr, "\r\033[K");
  print(desk,
        {{"root", done.root},
         {"tenants", done.tenants},
         {"cases", done.cases},
         {"resumed", done.resumed}},
        (done.resumed ? "Taken up again and finished: " : "Done: ") + std::to_string(done.cases) +
            " keys of cases wrapped again, " + std::to_string(done.tenants) +
            " tenants, new root key " + done.root +
            ".\nThe old keys are destroyed. Back the folder of keys up now; what it held before "
            "opens backups from before only.");
  return kGood;
}

Result<std::string> person_of(const Desk& desk) {
  const auto wanted = desk.options.get("by");
  if (wanted.empty())
    return fail(ErrorKind::invalid, "Say with --by NAME who erases; the record will hold it.");
  TRY(people, desk.in.database->read(
                  [&](db::Transaction& tx) { return accounts::people(tx, desk.in.tenant); }));
  for (const auto& person : people)
    if (person.name == wanted && !person.disabled) return person.id.str();
  return fail(ErrorKind::not_found, "There is nobody called " + wanted + " here.");
}

Result<int> prove(const Desk& desk) {
  TRY(casefile, case_of(desk.options));
  TRY(proof, desk.in.database->read(
                 [&](db::Transaction& tx) { return desk.evidence->prove_erased(tx, casefile); }));
  print(desk,
        {{"case", casefile.str()},
         {"erased_at", rfc3339(proof.erased_at)},
         {"objects", proof.objects},
         {"still_lying", proof.lying},
         {"opens", 0},
         {"backups_closed", proof.backups_closed}},
        "Erased at " + rfc3339(proof.erased_at) + ": " + std::to_string(proof.objects) +
            " objects, none opens; " + std::to_string(proof.lying) +
            " still lie there as noise.\n" +
            (proof.backups_closed
                 ? "The key above it is destroyed: no backup with the keys of today opens them."
                 : "A backup from before still opens them; `hotline evidence rotate` ends that."));
  return proof.backups_closed ? kGood : kWarning;
}

Result<int> erase(const Desk& desk) {
  TRY(casefile, case_of(desk.options));
  TRY(actor, person_of(desk));
  const Done erased = desk.in.database->transact([&](db::Transaction& tx) {
    return desk.evidence->erase_case(tx, desk.in.tenant, casefile, actor, SystemClock().now());
  });
  // Erased before: what was cut off then is finished now.
  if (!erased && erased.error().kind != ErrorKind::conflict) return std::unexpected(erased.error());
  TRY_DONE(desk.evidence->clear_noise(*desk.in.database, casefile));
  return prove(desk);
}

Result<int> check(const Desk& desk) {
  TRY(found, desk.evidence->check(*desk.in.database));
  print(desk,
        {{"objects", found.objects},
         {"opened", found.opened},
         {"erased", found.erased},
         {"broken", found.broken}},
        std::to_string(found.objects) + " objects: " + std::to_string(found.opened) + " open, " +
            std::to_string(found.erased) + " are erased, " + std::to_string(found.broken) +
            " are broken or missing.");
  return found.broken == 0 ? kGood : kWarning;
}

Result<int> run_evidence(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {"config", "dir", "by"}, {"json"}));
  const auto& words = options.words();
  const std::string what = words.empty() ? "" : words[0];
  TRY(settings, settings_of(options));
  TRY(in, open_installation(settings));
  Desk desk{options, std::move(in), places(settings).keys + "/evidence.key", nullptr};
  if (what == "rotate" && words.size() == 1) return rotate(desk);
  TRY(objects, evidence::open_objects(desk.in.settings));
  TRY(opened, evidence::Evidence::open(std::move(objects), desk.key_path));
  desk.evidence = std::move(opened);
  if (what == "erase") return erase(desk);
  if (what == "prove") return prove(desk);
  if (what == "check" && words.size() == 1) return check(desk);
  return fail(ErrorKind::invalid, "Say rotate, erase, prove or check.");
}

}  // namespace

int evidence(const Arguments& arguments) {
  const auto done = run_evidence(arguments);
  return done ? *done : refuse(done.error());
}

}  // namespace hotline::cli
