/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back and forward; see history.h. UI thread. */
#include "client/ui/history.h"

#include <string.h>

enum { HISTORY_MAX = 50 };

static struct {
    Selection all[HISTORY_MAX];
    int count, now;
} history;

void history_add(const Selection *selection)
{
    if (history.count && selection_equal(&history.all[history.now], selection))
        return;
    if (history.count)
        history.count = history.now + 1;
    if (history.count == HISTORY_MAX)
        memmove(history.all, history.all + 1, (size_t)--history.count * sizeof *history.all);
    history.all[history.count] = *selection;
    history.now = history.count++;
}

/* Index of the next one that exists; -1: none. */
static int find(int step)
{
    for (int i = history.now + step; i >= 0 && i < history.count; i += step)
        if (selection_exists(&history.all[i]))
            return i;
    return -1;
}

bool history_can_go(int step) { return find(step) >= 0; }

bool history_go(int step, Selection *ret)
{
    int found = find(step);

    if (found < 0)
        return false;
    history.now = found;
    *ret = history.all[found];
    return true;
}

void history_forget_server(const Server *server)
{
    int kept = 0;

    for (int i = 0; i < history.count; i++) {
        if (history.all[i].server == server)
            continue;
        if (i <= history.now)
            history.now = kept;
        history.all[kept++] = history.all[i];
    }
    history.count = kept;
    if (history.now >= kept)
        history.now = kept ? kept - 1 : 0;
}
