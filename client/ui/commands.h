/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of the main window (commands.def): menu, toolbar, context menus, keyboard and tests all use the same ones. UI thread. */
#ifndef POOLCENTER_COMMANDS_H
#define POOLCENTER_COMMANDS_H

#include "client/ui/app.h"

typedef enum CommandId {
    COMMAND_NONE, /* in menus: a separator */
#define COMMAND(id, name, icon, modifiers, key, can_run, run) COMMAND_##id,
#include "client/ui/commands.def"
#undef COMMAND
    COMMAND_END,
} CommandId;

enum { COMMAND_MENU_BASE = 100 }; /* WM_COMMAND id = COMMAND_MENU_BASE + CommandId */

CommandId command_find(const char *name); /* COMMAND_NONE: unknown */
int command_icon(CommandId id);           /* 0: none */
TextId command_text(CommandId id);
/* "Ctrl+Shift+A" in the user's language, "" without a key; the caller frees. */
char *command_key_text(CommandId id);
/* The text without access key and dots, for tooltips and buttons; the caller frees. */
char *command_plain_text(CommandId id);

/* May it run on this selection? False: *ret_why (the caller frees, may be NULL itself) is a sentence. */
bool command_can_run(CommandId id, const Selection *selection, char **ret_why);
bool command_checked(CommandId id, const Selection *selection);
/* Runs it if it may; else shows why. */
void command_run(CommandId id, const Selection *selection);
HACCEL command_accelerators(void); /* the caller destroys it */

/* done of a call that gives a task, with the server as context and app_get() as owner: follows it, and shows why it failed. */
void command_task_accepted(void *context, TaskRef *result, const Error *error);
/* Says in a hint what went wrong; nothing where only the answer did not come because the user has left the server meanwhile. */
void command_failed(const Server *server, const Error *error);

/* The command of Enter and double click, and of Del, on an object. */
CommandId command_default(const Selection *selection);
CommandId command_delete(const Selection *selection);

#endif
