/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of our tasks reaches taskbar, notifications and jump list; see shell_news.h. UI thread. */
#include "client/ui/shell_news.h"

#include "client/core/port.h"
#include "client/ui/frame.h"
#include "client/ui/instance.h"
#include "client/ui/lock.h"
#include "client/ui/open_request.h"
#include "client/win/command_line.h"
#include "client/win/icons.h"
#include "client/win/shell.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONG_MS = 10000, /* a shorter task is no news to somebody who left */
    SERVERS_MAX = 8, /* in the jump list */
};

static struct {
    int64_t seen; /* everything that ended until then has been told, or was no news */
} news;

static Core *core(void) { return app_get()->core; }

static Settings *settings(void) { return core_settings(core()); }

bool shell_news_wanted(void) { return settings_int(settings(), "notifications", 1) != 0; }

void shell_news_set_wanted(bool wanted) { settings_set_int(settings(), "notifications", wanted); }

/* ---------------------------------------------------------------- tasks */

static bool runs(const Activity *activity) { return activity->state == TASK_STATE_RUNNING || activity->state == TASK_STATE_QUEUED; }

/* One bar for all: the mean of those that know how far they are. */
static void show_progress(void)
{
    int known = 0, running = 0;
    int64_t sum = 0;

    for (size_t i = 0; i < activity_count(core()); i++) {
        const Activity *activity = activity_at(core(), i);
        running += runs(activity);
        if (!runs(activity) || activity->permille < 0)
            continue;
        known++;
        sum += activity->permille;
    }
    shell_progress(app_get()->frame, known ? SHELL_PROGRESS_LEVEL : running ? SHELL_PROGRESS_BUSY : SHELL_PROGRESS_NONE, known ? (int)(sum / known) : 0);
}

static bool in_background(void)
{
    HWND front = GetForegroundWindow();
    DWORD process = 0;

    GetWindowThreadProcessId(front, &process);
    return process != GetCurrentProcessId() || IsIconic(app_get()->frame);
}

static void notify(const Activity *activity)
{
    AUTO_FREE char *what = text_format(TEXT_TASKS_OF, activity->title, str_or_empty(activity->object_name), NULL);
    bool failed = activity->state == TASK_STATE_FAILED;
    const char *sentence = failed && !str_empty(activity->detail) ? activity->detail : text(failed ? TEXT_NOTIFY_FAILED : TEXT_NOTIFY_DONE);

    shell_notify(app_get()->frame, WM_APP_NOTIFY, what, sentence);
}

/* Of several that ended at once the newest is shown. */
static void tell_ended(void)
{
    const Activity *newest = NULL;
    int64_t seen = news.seen;

    for (size_t i = 0; i < activity_count(core()); i++) {
        const Activity *activity = activity_at(core(), i);
        if (activity->finished <= news.seen || activity->state == TASK_STATE_CANCELLED)
            continue;
        seen = activity->finished > seen ? activity->finished : seen;
        if (activity->finished - activity->started >= LONG_MS && (!newest || activity->finished > newest->finished))
            newest = activity;
    }
    /* The first look is at what ended before the program started. */
    if (news.seen && newest && in_background() && shell_news_wanted() && !lock_active())
        notify(newest);
    news.seen = seen ? seen : 1;
}

void shell_news_tell(const char *title, const char *sentence)
{
    if (in_background() && shell_news_wanted() && !lock_active())
        shell_notify(app_get()->frame, WM_APP_NOTIFY, title, sentence);
}

void shell_news_activities(void)
{
    show_progress();
    tell_ended();
}

void shell_news_answer(LPARAM lparam)
{
    if (!shell_notify_answer(lparam) || lock_active())
        return;
    instance_show(app_get()->frame);
    frame_show_tasks(true);
}

void shell_news_end(void) { shell_notify_end(); }

/* ---------------------------------------------------------------- servers */

/* What the program is to be called with: this settings folder, if it is not the one it takes by itself, and the argument. The caller frees. */
static char *opens(const char *argument)
{
    AUTO_FREE char *usual = port_config_folder();
    AUTO_FREE char *config = str_equal(core_folder(core()), usual) ? NULL : command_line_config(core_folder(core()));

    return x_printf("%s%s--open %s", str_or_empty(config), config ? " " : "", argument);
}

static char *opens_server(const ServerConfig *config)
{
    bool v6 = strchr(config->host, ':') != NULL;
    AUTO_FREE char *link = x_printf("poolcenter://%s%s%s:%d", v6 ? "[" : "", config->host, v6 ? "]" : "", config->port ? config->port : 22);

    return opens(link);
}

void shell_news_servers(void)
{
    ShellTask tasks[SERVERS_MAX + 1];
    char *arguments[SERVERS_MAX];
    AUTO_FREE char *add = opens(OPEN_ADD_SERVER);
    size_t count = 0;

    for (size_t i = 0; i < core_server_count(core()) && count < SERVERS_MAX; i++) {
        const Server *server = core_server_at(core(), i);
        arguments[count] = opens_server(server_config(server));
        tasks[count] = (ShellTask){server_name(server), arguments[count], ICON_HOST};
        count++;
    }
    tasks[count] = (ShellTask){text(TEXT_JUMP_ADD_SERVER), add, ICON_SERVER_ADD};
    shell_jump_list(tasks, count + 1);
    while (count)
        free(arguments[--count]);
}
