// Casework: the shared nouns of the hotline.
//
// Report (who told us, when, through which door), address (as given and in its
// canonical form), case (what groups them for people: one for each reported
// address), sighting (that address fetched at a time), item (bytes by digest;
// the same picture anywhere is one item). No status stands here: assessment,
// takedown and lists keep their own questions in their own tables, and who wants
// to know what happened reads the facts.
//
// Values only; storing is casework_store.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace hotline::casework {

struct TenantTag {
  static constexpr std::string_view prefix = "ten_";
};
struct ReportTag {
  static constexpr std::string_view prefix = "rep_";
};
struct AddressTag {
  static constexpr std::string_view prefix = "adr_";
};
struct CaseTag {
  static constexpr std::string_view prefix = "cas_";
};
struct SightingTag {
  static constexpr std::string_view prefix = "sig_";
};
struct ItemTag {
  static constexpr std::string_view prefix = "itm_";
};
struct EvidenceTag {
  static constexpr std::string_view prefix = "evd_";
};
struct PersonTag {
  static constexpr std::string_view prefix = "per_";
};
struct NoticeTag {
  static constexpr std::string_view prefix = "ntc_";
};

using TenantId = Id<TenantTag>;
using ReportId = Id<ReportTag>;
using AddressId = Id<AddressTag>;
using CaseId = Id<CaseTag>;
using SightingId = Id<SightingTag>;
using ItemId = Id<ItemTag>;
using EvidenceId = Id<EvidenceTag>;
using PersonId = Id<PersonTag>;
using NoticeId = Id<NoticeTag>;

struct Tenant {
  TenantId id;
  std::string name;
  std::string country;  ///< ISO 3166-1, two capitals.
};

struct Address {
  AddressId id;
  TenantId tenant;
  std::string verbatim;   ///< What the reporter wrote, cleaned to UTF-8 text, at most 8 KiB.
  std::string canonical;  ///< Empty if it is no http(s) address that could be fetched.
  std::string host;       ///< Of the canonical form; empty as above.
  Instant first_seen{};
};

struct Case {
  CaseId id;
  TenantId tenant;
  AddressId address;
  Instant opened_at{};
};

struct Report {
  ReportId id;
  TenantId tenant;
  CaseId casefile;
  AddressId address;
  std::string drop;        ///< The drop's own id: a report is filed exactly once.
  std::string door;        ///< portal, phone, api, mailbox, csv, partner, search
  std::string portal;      ///< Which portal, "main" by default.
  std::string language;    ///< BCP 47, of the page it was made on.
  std::string seen_when;   ///< today, yesterday, earlier, unsure or empty.
  std::string access;      ///< What was needed to get there, in the reporter's words.
  std::string remarks;     ///< In the reporter's words.
  bool duplicate = false;  ///< The case was there already.
  Instant received_at{};   ///< Whole hour for the public's doors.
};

/// What a look at an address found. `seen`: a page or file was there and is stored.
enum class SightingOutcome : std::uint8_t { seen, gone, unreachable, refused };
[[nodiscard]] std::string_view name(SightingOutcome outcome);
[[nodiscard]] Result<SightingOutcome> parse_sighting_outcome(std::string_view text);

struct Sighting {
  SightingId id;
  TenantId tenant;
  CaseId casefile;
  AddressId address;
  Instant at{};
  SightingOutcome outcome = SightingOutcome::unreachable;
  int http_status = 0;
  std::string final_url;
  std::string ip;          ///< Of the last hop.
  std::string page;        ///< Evidence id of the page's bytes, or empty.
  std::string screenshot;  ///< Evidence id of the blurred grey preview of the screenshot, or empty.
  std::string record;   ///< Evidence id of the capture record (hops, media list, headers) as JSON.
  std::string failure;  ///< One sentence without address, when it is not `seen`.
};

struct Item {
  ItemId id;
  TenantId tenant;
  std::string md5, sha1, sha256;  ///< Lower-case hex.
  std::string kind;               ///< jpeg, png, gif, webp, video, other
  int width = 0, height = 0;
  std::string pdq_full;  ///< 64 hex digits, or empty.
  int pdq_full_quality = 0;
  std::string pdq_nn512;
  int pdq_nn512_quality = 0;
  std::int64_t size = 0;
  Instant first_seen{};
};

/// One item on one sighting: where on the page, from which address, with which previews.
struct SeenItem {
  ItemId item;
  int position = 0;       ///< Order on the page, from 0.
  std::string media_url;  ///< Its own address.
  std::string evidence;   ///< Evidence id of the original bytes, sealed.
};

/// A server-made preview, sealed too. Levels of the reveal ladder: 1 is 160 px grey blurred,
/// 2 is 320 px grey a little blurred, 3 is 480 px grey, 4 is colour up to 960 px.
struct Preview {
  ItemId item;
  int level = 1;
  std::string evidence;
};

}  // namespace hotline::casework
