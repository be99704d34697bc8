// The contact registry, for staff: whom notices go to, and who waits to be confirmed.
//
// A mailbox from a public registry is a stranger's claim. A person checks it once;
// then everything that waited for it leaves. What was decided, why and by whom stays.
#pragma once

#include "http/http.h"
#include "takedown/takedown.h"
#include "web/staff.h"

namespace hotline::web {

/// GET /contacts; POST /contacts/approve, /contacts/refuse, /contacts/describe (the mailbox is in
/// the form: it has no id). `takedown` outlives the router.
void add_contact_routes(http::Router& router, const StaffParts& parts,
                        const takedown::Takedown& takedown);

}  // namespace hotline::web
