/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The progress bar: see progress.h. */
#include "client/cli/progress.h"

#include "client/cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>

enum { BAR_WIDTH = 24, WIDTH_MAX = 200 };

static bool shown;

void progress_clear(void)
{
    if (!shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    shown = false;
}

/* "name [######      ] 43 % detail", cut at the edge so that it stays one line. */
static void draw(const Activity *activity)
{
    char bar[BAR_WIDTH + 1];
    int done = activity->permille < 0 ? 0 : activity->permille * BAR_WIDTH / 1000;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < done ? '#' : '.';
    bar[BAR_WIDTH] = 0;
    AUTO_FREE char *percent = activity->permille < 0 ? x_strdup("") : x_printf(" %3d %%", activity->permille / 10);
    AUTO_FREE char *line = x_printf("%s  [%s]%s  %s", str_or_empty(activity->object_name), bar, percent, str_or_empty(activity->detail));
    AUTO_FREE char *safe = text_printable(line);
    int width = terminal_width();
    size_t bytes = 0;
    while (safe[bytes]) {
        char kept = safe[bytes + 1];
        safe[bytes + 1] = 0;
        bool fits = text_width(safe) < width;
        safe[bytes + 1] = kept;
        if (!fits)
            break;
        bytes++;
    }
    safe[bytes] = 0;
    fprintf(stderr, "\r%s\033[K", safe);
    fflush(stderr);
    shown = true;
}

void progress_show(Cli *cli)
{
    if (!terminal_shows_progress() || cli->output.quiet)
        return;
    for (size_t i = 0; i < activity_count(cli->core); i++) {
        const Activity *activity = activity_at(cli->core, i);
        if (activity->state == TASK_STATE_RUNNING && (activity->upload || cli->action_count)) {
            draw(activity);
            return;
        }
    }
}
