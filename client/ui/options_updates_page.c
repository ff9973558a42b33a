/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options > Updates: whether PoolCenter looks for a new version by itself. See options.h. UI thread. */
#include "client/ui/options.h"

#include "client/ui/update_check.h"
#include "client/win/icons.h"

#include <stdlib.h>

enum { UPDATES_DAILY = 500, UPDATES_EXPLAIN };

static void *open_values(void)
{
    bool *daily = x_calloc(1, sizeof *daily);
    *daily = update_check_daily();
    return daily;
}

static void build(void *values, Form *form)
{
    form_check(form, UPDATES_DAILY, text(TEXT_OPTIONS_UPDATES_DAILY));
    form_set_checked(form, UPDATES_DAILY, *(const bool *)values);
    form_note(form, UPDATES_EXPLAIN, NOTE_DIM, text(TEXT_OPTIONS_UPDATES_EXPLAIN));
}

static void event(void *values, Form *form, int id, FormEvent what)
{
    if (what == FORM_CHANGED && id == UPDATES_DAILY)
        *(bool *)values = form_checked(form, id);
}

static void apply(void *values) { update_check_set_daily(*(const bool *)values); }

const OptionsPage options_updates_page = {
    .name = "updates", .title = TEXT_OPTIONS_UPDATES, .icon = ICON_DOWNLOAD, .topic = "updates",
    .open = open_values, .build = build, .event = event, .apply = apply, .close = free,
};
